/** Mean squared error of the pixels, on the two scales that are in use. */
import { z } from 'zod';
import { defineMetric } from './metric.ts';

/** Mean squared difference, summed in float64. @throws RangeError where the lengths differ */
export function mse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`mse of ${a.length} and ${b.length} values`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    sum += difference * difference;
  }
  return sum / a.length;
}

export const mse11 = defineMetric({
  name: 'mse11',
  title: 'MSE',
  summary: 'Mean squared error of the pixels on [-1, 1], as in the tables of the GGL paper.',
  format: { digits: 4 },
  nearer: 'lower',
  params: z.strictObject({}),
  needs: [],
  measure: ({ image, truth }) => mse(image, truth),
});

export const mse01 = defineMetric({
  name: 'mse01',
  title: 'MSE on [0, 1]',
  summary: 'The same on [0, 1], as in most other work: a quarter of it.',
  format: { digits: 4 },
  nearer: 'lower',
  params: z.strictObject({}),
  needs: [],
  measure: ({ image, truth }) => mse(image, truth) / 4,
});
