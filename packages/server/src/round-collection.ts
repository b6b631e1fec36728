/** One round's updates as they come in: who has reported, who failed, and the one straight path of each update. */
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { RoundAggregate } from './aggregation/round-aggregate.ts';
import type { RoundInterception } from './interceptions.ts';
import type { Report } from './report.ts';

export interface RoundOutcome {
  /** In client order. */
  reports: Report[];
  /** Clients whose update was rejected, with the code. */
  rejected: { clientId: string; code: string }[];
  /** Clients that did not report in time. */
  missing: string[];
}

interface RoundCollectionOptions {
  /** The sampled clients, in the order in which their updates count. */
  clients: readonly string[];
  aggregate: RoundAggregate;
  /** Where updates of this round are attacked. */
  interception?: Pick<RoundInterception, 'keep'>;
}

/**
 * Collects until everybody has reported or failed, or until the deadline. An update is decoded once, when it is whole, and handed to
 * the interception and to the aggregate, one update after another: memory holds one, however many clients there are.
 */
export class RoundCollection {
  readonly #options: RoundCollectionOptions;
  readonly #answers = new Map<string, Report | { clientId: string; code: string }>();
  /** The update that is being taken, and those behind it. */
  #taking: Promise<unknown> = Promise.resolve();
  #closed = false;
  #aborted = false;
  #failure: { error: unknown } | undefined;
  readonly #complete = Promise.withResolvers<void>();

  constructor(options: RoundCollectionOptions) {
    this.#options = options;
    if (options.clients.length === 0) this.#complete.resolve();
  }

  /** Whether the client belongs to this round and has neither reported nor failed. */
  awaits(clientId: string): boolean {
    return !this.#closed && this.#options.clients.includes(clientId) && !this.#answers.has(clientId);
  }

  /** The accepted report of a client, if it has one. */
  reportOf(clientId: string): Report | undefined {
    const answer = this.#answers.get(clientId);
    return answer !== undefined && 'digest' in answer ? answer : undefined;
  }

  /**
   * Takes an update that `read` decodes and checks when its turn comes. False where the round does not await it (late, or another
   * one was taken). Throws what `read` throws; a failure behind it is the server's own, and ends the round.
   */
  async take(report: Report, read: () => Promise<NamedTensors>): Promise<boolean> {
    const { clientId, digest } = report;
    const isTaken = () => this.reportOf(clientId)?.digest === digest;
    if (!this.awaits(clientId)) return isTaken();
    return this.#inTurn(async () => {
      // Another connection of the same client may have been first.
      if (this.#answers.has(clientId) || this.#aborted) return isTaken();
      const update = await read();
      await this.#handOver(report, update);
      this.#answer(clientId, report);
      return true;
    });
  }

  /** Gives a client up for this round. */
  async reject(clientId: string, code: string): Promise<void> {
    if (!this.awaits(clientId)) return;
    this.#answer(clientId, { clientId, code });
    await this.#inTurn(() => this.#orEnd(() => this.#options.aggregate.pass(clientId)));
  }

  /**
   * Resolves when every client has answered, `deadlineMs` have passed or `signal` aborts; what is whole by then is taken, and
   * nothing afterwards. Throws where an update could not be handed over.
   */
  async close(deadlineMs: number, signal?: AbortSignal): Promise<RoundOutcome> {
    const timer = setTimeout(() => this.#complete.resolve(), deadlineMs);
    const stop = () => {
      this.#aborted = true;
      this.#complete.resolve();
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await this.#complete.promise;
      this.#closed = true;
      await this.#taking;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const { clients } = this.#options;
    const answers = clients.map((id) => this.#answers.get(id));
    return {
      reports: answers.filter((answer) => answer !== undefined && 'digest' in answer),
      rejected: answers.filter((answer) => answer !== undefined && 'code' in answer),
      missing: clients.filter((id) => !this.#answers.has(id)),
    };
  }

  /** What the rule makes of the updates; after `close`. */
  aggregate(): Promise<NamedTensors> {
    return this.#options.aggregate.result();
  }

  #handOver({ clientId, examples }: Report, update: NamedTensors): Promise<void> {
    const { interception, aggregate } = this.#options;
    return this.#orEnd(async () => {
      await interception?.keep(clientId, update);
      await aggregate.take(clientId, update, examples);
    });
  }

  /** A failure of the server's own ends the round with it. */
  async #orEnd(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure ??= { error };
      this.#complete.resolve();
      throw error;
    }
  }

  #answer(clientId: string, answer: Report | { clientId: string; code: string }): void {
    this.#answers.set(clientId, answer);
    if (this.#answers.size === this.#options.clients.length) this.#complete.resolve();
  }

  /** One after another, in the order of arrival. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#taking.then(work);
    this.#taking = done.catch(() => {});
    return done;
  }
}
