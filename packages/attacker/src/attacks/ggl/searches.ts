/** GGL's searches: where they start, and what they draw from. */
import { type Random, seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import type { RunningOptimiser } from '../../search/optimisers/optimiser.ts';
import type { Case } from '../case.ts';
import type { GglSettings } from './parameters.ts';

/** The update's digest in the path: each has draws of its own, whichever worker takes it, when and in which cohort. */
export const drawsFor = ({ gradient }: Case, { seed }: GglSettings, ...path: (string | number)[]): Random =>
  seeded(seed, 'ggl', digestTensors(gradient), ...path);

/** Opens the searches of all restarts of all cases. Latents are N(0, I), so that their mean is 0. */
export function openSearches(cases: readonly Case[], settings: GglSettings): RunningOptimiser {
  const { restarts, optimizer } = settings;
  const { part: optimiser, params } = optimizer;
  const [{ entries }] = cases as [Case];
  const start = new Float32Array(cases.length * restarts * entries);
  if (optimiser.startsAt === 'draws') {
    for (const [i, one] of cases.entries()) {
      start.set(drawsFor(one, settings).normals(restarts * entries), i * restarts * entries);
    }
  }
  const random = cases.flatMap((one) =>
    Array.from({ length: restarts }, (_, restart) => drawsFor(one, settings, optimiser.name, restart)),
  );
  return optimiser.open({ start, random }, params);
}
