/** One round's updates as they come in: who has reported, who failed, and the sum of what is in, folded in client order. */
import type { Body } from '@leakscope/shared/protocol';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { WeightedMean } from './weighted-mean.ts';

/** What the server knows of an accepted update, as its client offered it; the tensors lie in the spool. `examples` is its weight in the mean. */
export type Report = Omit<Body<'offer'>, 'stageIndex'> & { clientId: string };

export interface RoundOutcome {
  /** In client order. */
  reports: Report[];
  /** Clients whose update was rejected, with the code. */
  rejected: { clientId: string; code: string }[];
  /** Clients that did not report in time. */
  missing: string[];
  /** Weighted by examples; empty without reports. */
  mean: NamedTensors;
}

export interface RoundCollectionOptions {
  /** The sampled clients, in the order in which their updates are summed. */
  clients: readonly string[];
  /** Reads an accepted update back from the spool. */
  load(report: Report): Promise<NamedTensors>;
}

/**
 * Collects until everybody has reported or failed, or until the deadline. An update is added to the sum as soon as all clients before
 * it are settled, so the result depends on the order of the clients and never on the order of arrival.
 */
export class RoundCollection {
  readonly #clients: readonly string[];
  readonly #load: (report: Report) => Promise<NamedTensors>;
  readonly #settled = new Map<string, Report | { clientId: string; code: string }>();
  readonly #mean = new WeightedMean();
  #folded = 0;
  #folding: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #complete = Promise.withResolvers<void>();

  constructor({ clients, load }: RoundCollectionOptions) {
    this.#clients = clients;
    this.#load = load;
    if (clients.length === 0) this.#complete.resolve();
  }

  /** Whether the client belongs to this round and has neither reported nor failed. */
  awaits(clientId: string): boolean {
    return !this.#closed && this.#clients.includes(clientId) && !this.#settled.has(clientId);
  }

  /** The accepted report of a client, if it has one. */
  reportOf(clientId: string): Report | undefined {
    const settled = this.#settled.get(clientId);
    return settled !== undefined && 'digest' in settled ? settled : undefined;
  }

  /** How many reports are in. */
  get reported(): number {
    return [...this.#settled.values()].filter((entry) => 'digest' in entry).length;
  }

  /** Takes an accepted update; false, and nothing happens, where the round does not await it (late, or a second one). */
  accept(report: Report): boolean {
    if (!this.awaits(report.clientId)) return false;
    this.#settle(report.clientId, report);
    return true;
  }

  /** Gives a client up for this round. */
  reject(clientId: string, code: string): void {
    if (this.awaits(clientId)) this.#settle(clientId, { clientId, code });
  }

  /** Resolves when every client is settled, `deadlineMs` have passed or `signal` aborts; nothing is taken afterwards. */
  async close(deadlineMs: number, signal?: AbortSignal): Promise<RoundOutcome> {
    let timer: NodeJS.Timeout | undefined;
    const stop = () => this.#complete.resolve();
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#complete.promise, deadline]);
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    this.#closed = true;
    this.#fold();
    await this.#folding;
    const entries = this.#clients.map((id) => this.#settled.get(id));
    return {
      reports: entries.filter((entry) => entry !== undefined && 'digest' in entry),
      rejected: entries.filter((entry) => entry !== undefined && 'code' in entry),
      missing: this.#clients.filter((id) => !this.#settled.has(id)),
      mean: this.#mean.result(),
    };
  }

  #settle(clientId: string, entry: Report | { clientId: string; code: string }): void {
    this.#settled.set(clientId, entry);
    this.#fold();
    if (this.#settled.size === this.#clients.length) this.#complete.resolve();
  }

  /** Adds to the sum as far as the order allows; past clients that never reported once the round is closed. */
  #fold(): void {
    while (this.#folded < this.#clients.length) {
      const entry = this.#settled.get(this.#clients[this.#folded] as string);
      if (entry === undefined && !this.#closed) return;
      this.#folded++;
      if (entry === undefined || !('digest' in entry)) continue;
      this.#folding = this.#folding.then(async () => this.#mean.add(await this.#load(entry), entry.examples));
      // close() awaits the chain and throws its failure; until then it must not count as unhandled.
      this.#folding.catch(() => {});
    }
  }
}
