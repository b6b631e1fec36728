/** Checkpoints of the federation: atomic, with a hash, so that the newest whole one is found whatever happened to the last. */
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { digestBytes } from '@leakscope/shared/tensors';

export interface Checkpoint {
  /** Ascending: the next round. */
  readonly number: number;
  /** Plain JSON. */
  readonly state: unknown;
  /** Tensors or whatever else, as bytes. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

interface Header {
  state: unknown;
  parts: { name: string; bytes: number }[];
}

/** A file is one line of JSON `{ format, digest, header }`, then the header, then the parts; the digest covers both. */
interface FirstLine {
  format: 'leakscope-checkpoint-1';
  digest: string;
  header: number;
}

/** The first line is padded to this many bytes. */
const FIRST_LINE = 256;

export class Checkpoints {
  readonly #folder: string;
  readonly #keep: number;

  /** `keep`: how many are left when another is written; at least 1. */
  constructor(folder: string, { keep = 2 } = {}) {
    this.#folder = folder;
    this.#keep = keep;
  }

  async write({ number, state, parts }: Checkpoint): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const entries = [...parts];
    const header: Header = { state, parts: entries.map(([name, { length }]) => ({ name, bytes: length })) };
    const headerBytes = Buffer.from(JSON.stringify(header));
    const body = Buffer.concat([headerBytes, ...entries.map(([, bytes]) => bytes)]);
    const first: FirstLine = {
      format: 'leakscope-checkpoint-1',
      digest: digestBytes(body),
      header: headerBytes.length,
    };
    const line = `${JSON.stringify(first)}`.padEnd(FIRST_LINE - 1);
    await writeFileAtomically(this.#path(number), Buffer.concat([Buffer.from(`${line}\n`), body]));
    const numbers = await this.#numbers();
    for (const old of numbers.filter((n) => n <= number).slice(this.#keep)) await unlink(this.#path(old));
  }

  /** The newest that is whole; undefined where there is none. `damaged` is told the path of each newer one. */
  async latest(damaged: (path: string) => void = () => {}): Promise<Checkpoint | undefined> {
    for (const number of await this.#numbers()) {
      const checkpoint = parse(number, await readFile(this.#path(number)));
      if (checkpoint !== undefined) return checkpoint;
      damaged(this.#path(number));
    }
    return undefined;
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(8, '0')}.checkpoint`);
  }

  /** Newest first. */
  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names
      .map((name) => /^(\d{8,})\.checkpoint$/.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => b - a);
  }
}

/** Undefined where the bytes are not those that were written. */
function parse(number: number, bytes: Buffer): Checkpoint | undefined {
  const body = bytes.subarray(FIRST_LINE);
  let first: Partial<FirstLine>;
  try {
    first = JSON.parse(bytes.subarray(0, FIRST_LINE).toString()) as Partial<FirstLine>;
  } catch {
    return undefined;
  }
  if (first.format !== 'leakscope-checkpoint-1' || first.digest !== digestBytes(body)) return undefined;
  const header = JSON.parse(body.subarray(0, first.header).toString()) as Header;
  const parts = new Map<string, Uint8Array>();
  let offset = first.header as number;
  for (const { name, bytes: length } of header.parts) {
    parts.set(name, body.subarray(offset, offset + length));
    offset += length;
  }
  return { number, state: header.state, parts };
}
