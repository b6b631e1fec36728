/** Sends the chunks of an update, a few ahead of what the server has acknowledged, so that neither side's memory fills up. */
import type { Chunk } from '@leakscope/shared/protocol';

interface UploadWindowOptions {
  digest: string;
  /** From the acknowledged offset on. */
  chunks: Iterable<Chunk>;
  /** Bytes that the server already has. */
  offset: number;
  /** Chunks on their way at once; default 4. */
  ahead?: number;
}

export class UploadWindow {
  readonly digest: string;
  readonly #chunks: Iterable<Chunk>;
  readonly #ahead: number;
  #acknowledged: number;
  #stopped = false;
  #wake: () => void = () => {};

  constructor({ digest, chunks, offset, ahead = 4 }: UploadWindowOptions) {
    this.digest = digest;
    this.#chunks = chunks;
    this.#ahead = ahead;
    this.#acknowledged = offset;
  }

  /** The server has bytes [0, offset). */
  acknowledge(offset: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, offset);
    this.#wake();
  }

  /** Sends until everything is sent or `stop` is called. */
  async run(send: (chunk: Chunk) => Promise<void>): Promise<void> {
    const ends: number[] = [];
    for (const chunk of this.#chunks) {
      while (!this.#stopped && this.#unacknowledged(ends) >= this.#ahead) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#stopped) return;
      ends.push(chunk.offset + chunk.data.length);
      await send(chunk);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #unacknowledged(ends: number[]): number {
    while (ends.length > 0 && (ends[0] as number) <= this.#acknowledged) ends.shift();
    return ends.length;
  }
}
