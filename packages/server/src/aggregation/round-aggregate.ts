/** A round's updates on their way into one: taken in whatever order they arrive, combined in the order of the clients. */
import { type NamedTensors, sizeOf, tensor } from '@leakscope/shared/tensors';
import type { SpooledValues } from '@leakscope/store';
import type { Fold } from './aggregation-rule.ts';
import type { Aggregation } from './registry.ts';

interface RoundAggregateOptions {
  readonly aggregation: Aggregation;
  /** In the order in which their updates count. */
  readonly clients: readonly string[];
  /** Puts an update's values on disk until they are needed: memory holds one update, however many clients there are. */
  keep(clientId: string, update: NamedTensors): Promise<SpooledValues>;
}

interface Waiting {
  readonly values: SpooledValues;
  readonly weight: number;
}

/** Values in memory at a time, over all clients, while entries are combined: 16 MiB. */
const SLICE_VALUES = 4 * 2 ** 20;

/** Its methods are called one at a time. */
export class RoundAggregate {
  readonly #options: RoundAggregateOptions;
  readonly #fold: Fold | undefined;
  readonly #waiting = new Map<string, Waiting>();
  /** Clients that are folded or will not come; those before `#next` all are. */
  readonly #past = new Set<string>();
  #next = 0;
  #shapes: ReadonlyMap<string, readonly number[]> = new Map();

  constructor(options: RoundAggregateOptions) {
    this.#options = options;
    this.#fold = options.aggregation.sees === 'updates' ? options.aggregation.start() : undefined;
  }

  /** Folds the update where it is this client's turn; else its values wait on disk. */
  async take(clientId: string, update: NamedTensors, weight: number): Promise<void> {
    if (this.#shapes.size === 0) this.#shapes = new Map([...update].map(([name, { shape }]) => [name, shape]));
    if (this.#fold !== undefined && this.#options.clients[this.#next] === clientId) {
      this.#fold.add(update, weight);
      await this.pass(clientId);
    } else {
      this.#waiting.set(clientId, { values: await this.#options.keep(clientId, update), weight });
    }
  }

  /** No update of this client is awaited any more: those behind it may be folded. */
  async pass(clientId: string): Promise<void> {
    this.#past.add(clientId);
    await this.#advance(false);
  }

  /** The aggregate of what was taken; empty where nothing was. */
  async result(): Promise<NamedTensors> {
    const { aggregation } = this.#options;
    if (aggregation.sees === 'entries') return this.#combine(aggregation.combine);
    await this.#advance(true);
    return (this.#fold as Fold).result();
  }

  /** Folds as far as the order allows; at the end also past clients that never reported. */
  async #advance(over: boolean): Promise<void> {
    if (this.#fold === undefined) return;
    for (; this.#next < this.#options.clients.length; this.#next++) {
      const clientId = this.#options.clients[this.#next] as string;
      const waiting = this.#waiting.get(clientId);
      if (waiting !== undefined) await this.#foldBack(this.#fold, waiting);
      else if (!over && !this.#past.has(clientId)) return;
    }
  }

  async #foldBack(fold: Fold, { values, weight }: Waiting): Promise<void> {
    const flat = await values.read(0, values.length);
    let offset = 0;
    const update: NamedTensors = new Map();
    for (const [name, shape] of this.#shapes) {
      update.set(name, tensor(shape, flat.subarray(offset, offset + sizeOf(shape))));
      offset += sizeOf(shape);
    }
    fold.add(update, weight);
    await values.remove();
  }

  /** Entry by entry, a slice of all updates at a time. */
  async #combine(combine: (values: Float64Array) => number): Promise<NamedTensors> {
    const updates = this.#options.clients.flatMap((id) => this.#waiting.get(id)?.values ?? []);
    const result: NamedTensors = new Map();
    if (updates.length === 0) return result;
    const most = Math.max(1, Math.floor(SLICE_VALUES / updates.length));
    // Sorting rules reorder what they are given, so each entry is laid out anew.
    const column = new Float64Array(updates.length);
    let offset = 0;
    for (const [name, shape] of this.#shapes) {
      const combined = tensor(shape);
      for (let from = 0; from < combined.data.length; from += most) {
        const count = Math.min(most, combined.data.length - from);
        const slices: Float32Array[] = [];
        for (const values of updates) slices.push(await values.read(offset + from, count));
        for (let i = 0; i < count; i++) {
          for (const [client, slice] of slices.entries()) column[client] = slice[i] as number;
          combined.data[from + i] = combine(column);
        }
      }
      offset += combined.data.length;
      result.set(name, combined);
    }
    for (const values of updates) await values.remove();
    return result;
  }
}
