/** The values of a decoded update, flat in a file: what waits for its turn or is read slice by slice, so that memory holds one update. */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { fromLittleEndianBytes, littleEndianBytes, type NamedTensors } from '@leakscope/shared/tensors';

export class SpooledValues {
  /** Number of values, over all tensors in the update's order. */
  readonly length: number;
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, length: number) {
    this.#path = path;
    this.#file = file;
    this.length = length;
  }

  /** Writes the file anew: what a killed process left there counts for nothing, as the upload itself is kept. */
  static async write(path: string, update: NamedTensors): Promise<SpooledValues> {
    const file = await open(path, 'w+');
    let length = 0;
    for (const { data } of update.values()) {
      await file.appendFile(littleEndianBytes(data));
      length += data.length;
    }
    return new SpooledValues(path, file, length);
  }

  /** `count` values from the one at `from` on. */
  async read(from: number, count: number): Promise<Float32Array> {
    const bytes = new Uint8Array(4 * count);
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesRead } = await this.#file.read(bytes, offset, bytes.length - offset, 4 * from + offset);
      if (bytesRead === 0) throw new RangeError(`${this.#path} ends before value ${from + count}`);
      offset += bytesRead;
    }
    return fromLittleEndianBytes(bytes);
  }

  /** Closes and removes the file. */
  async remove(): Promise<void> {
    await this.close();
    await unlink(this.#path);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
