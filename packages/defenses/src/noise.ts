/** Additive noise on every entry (paper: Gaussian, sigma 0.1). */
import { z } from 'zod';
import { defineDefense } from './defense.ts';
import { IDENTITY, mapTensors } from './transform.ts';

export const noise = defineDefense({
  name: 'noise',
  summary: 'add Gaussian or Laplace noise of standard deviation sigma to every entry',
  params: z.strictObject({
    /** Standard deviation of each entry's noise, for both kinds. */
    sigma: z.number().finite().nonnegative(),
    kind: z.enum(['gaussian', 'laplace']).default('gaussian'),
  }),
  hook: 'update',
  apply: (update, { sigma, kind }, { random }) =>
    mapTensors(update, (name, data) => {
      const draws = random('noise', name);
      // A standard Laplace has variance 2.
      const draw = kind === 'gaussian' ? () => sigma * draws.normal() : () => (sigma / Math.SQRT2) * draws.laplace();
      return data.map((value) => value + draw());
    }),
  // Zero-mean noise shifts squared distances by a constant in expectation: the ranking of candidates stays, nothing to undo.
  attackerView: () => IDENTITY,
});
