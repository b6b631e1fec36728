/** The mean of the updates, weighted by examples: FedSGD's and FedAvg's own rule (McMahan et al., 2017). */
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineAggregation, type Fold } from './aggregation-rule.ts';

/** Float64 sums of float32 updates; the order of `add` is the order of summation, so the caller fixes it. */
export class WeightedSum implements Fold {
  readonly #sums = new Map<string, { shape: readonly number[]; sum: Float64Array }>();
  #weight = 0;

  /** Adds `weight` (above 0) times `factor` times `update`; the mean is over the weights alone. */
  add(update: NamedTensors, weight: number, factor = 1): void {
    const scale = weight * factor;
    for (const [name, { shape, data }] of update) {
      let entry = this.#sums.get(name);
      if (entry === undefined) {
        entry = { shape, sum: new Float64Array(data.length) };
        this.#sums.set(name, entry);
      }
      const { sum } = entry;
      for (let i = 0; i < data.length; i++) sum[i] = (sum[i] as number) + scale * (data[i] as number);
    }
    this.#weight += weight;
  }

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

export const weightedMean = defineAggregation({
  name: 'weighted-mean',
  summary: 'the mean, weighted by examples',
  params: z.strictObject({}),
  sees: 'updates',
  start: () => new WeightedSum(),
});
