/** The compiled programs of one process: opened once, shared by every client that it hosts, one call at a time each. */

/** Anything that holds a session. */
interface Releasable {
  release(): Promise<void>;
}

export class SessionPool {
  readonly #open = new Map<string, Promise<Releasable>>();
  /** The last user of each session; the next one waits for it. */
  readonly #users = new Map<string, Promise<unknown>>();

  /** Runs `work` on the session called `key`, which `open` makes where there is none yet, once all earlier users are done. */
  async use<S extends Releasable, T>(
    key: string,
    open: () => Promise<S>,
    work: (session: S) => Promise<T>,
  ): Promise<T> {
    let session = this.#open.get(key) as Promise<S> | undefined;
    if (session === undefined) {
      session = open();
      this.#open.set(key, session);
      // What could not be opened is tried again by the next user.
      session.catch(() => this.#open.delete(key));
    }
    const ready = session;
    const done = (this.#users.get(key) ?? Promise.resolve()).then(async () => work(await ready));
    this.#users.set(
      key,
      done.catch(() => {}),
    );
    return done;
  }

  /** Frees every session, each after its last user. */
  async release(): Promise<void> {
    const [open, users] = [[...this.#open.values()], [...this.#users.values()]];
    this.#open.clear();
    this.#users.clear();
    await Promise.all(users);
    for (const session of await Promise.allSettled(open)) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }
}
