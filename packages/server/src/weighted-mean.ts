/** The weighted mean of updates, folded one at a time: memory does not grow with the number of clients. */
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';

/** Float64 sums of float32 updates; the order of `add` is the order of summation, so the caller fixes it. */
export class WeightedMean {
  readonly #sums = new Map<string, { shape: readonly number[]; sum: Float64Array }>();
  #weight = 0;
  #count = 0;

  /** How many updates are in. */
  get count(): number {
    return this.#count;
  }

  /** Adds `weight` (above 0: the client's number of examples) times `update`; every update has the same names and shapes. */
  add(update: NamedTensors, weight: number): void {
    for (const [name, { shape, data }] of update) {
      let entry = this.#sums.get(name);
      if (entry === undefined) {
        entry = { shape, sum: new Float64Array(data.length) };
        this.#sums.set(name, entry);
      }
      const { sum } = entry;
      for (let i = 0; i < data.length; i++) sum[i] = (sum[i] as number) + weight * (data[i] as number);
    }
    this.#weight += weight;
    this.#count++;
  }

  /** The mean so far, as float32; empty before the first `add`. */
  result(): NamedTensors {
    return new Map(
      [...this.#sums].map(([name, { shape, sum }]) => {
        const mean = tensor(shape);
        for (let i = 0; i < sum.length; i++) mean.data[i] = (sum[i] as number) / this.#weight;
        return [name, mean];
      }),
    );
  }
}
