/** GGL's searches: where they start, and by which optimiser they go on. */
import { type Random, seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { adam } from '../../search/optimisers/adam.ts';
import { cmaEs } from '../../search/optimisers/cma-es.ts';
import type { Optimiser } from '../../search/optimisers/optimiser.ts';
import type { Case } from './case.ts';
import type { GglParameters } from './parameters.ts';

/** The update's digest in the path: each has draws of its own, whichever worker takes it, when and beside what. */
export const drawsFor = ({ gradient }: Case, { seed }: GglParameters, ...path: (string | number)[]): Random =>
  seeded(seed, 'ggl', digestTensors(gradient), ...path);

/** Searches for all restarts of all cases. Adam's start at random latents, as the paper's; those of CMA-ES in the middle of them, at 0. */
export function optimiserFor(cases: readonly Case[], options: GglParameters): Optimiser {
  const { restarts, steps } = options;
  const [{ entries }] = cases as [Case];
  const start = new Float32Array(cases.length * restarts * entries);
  if (options.optimizer === 'adam') {
    const { learningRate, signed } = options;
    for (const [i, one] of cases.entries()) {
      start.set(drawsFor(one, options).normals(restarts * entries), i * restarts * entries);
    }
    return adam({ start, steps, learningRate, signed });
  }
  const { sigma, population } = options;
  const random = cases.flatMap((one) =>
    Array.from({ length: restarts }, (_, restart) => drawsFor(one, options, 'cma-es', restart)),
  );
  return cmaEs({ start, sigma, population, random });
}
