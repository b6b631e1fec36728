/** Frames that were read and not yet dealt with, over all connections: a bound on what the server holds of uploads, however many clients send. */

export class Backlog {
  readonly #limit: number;
  #bytes = 0;
  /** Connections that read no further, in the order in which they stopped. */
  readonly #paused: (() => void)[] = [];

  /** `limit`: bytes from which connections stop reading. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a frame in. False where the connection must stop reading; `resume` is called once it may go on. */
  add(bytes: number, resume: () => void): boolean {
    this.#bytes += bytes;
    if (this.#bytes < this.#limit) return true;
    this.#paused.push(resume);
    return false;
  }

  /** Counts a frame out that `add` counted in. */
  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes >= this.#limit) return;
    // One for each frame that is done; all of them where no further frame will be.
    this.#paused.shift()?.();
    if (this.#bytes === 0) for (const resume of this.#paused.splice(0)) resume();
  }
}
