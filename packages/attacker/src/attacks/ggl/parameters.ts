/** What can be said of GGL, its parts apart. */
import { z } from 'zod';
import type { Workload } from '../../contract/attack.ts';
import type { ChosenParts } from '../../contract/parameters.ts';
import { OBJECTIVES } from '../../matching/objectives/registry.ts';
import { REGULARISERS } from '../../matching/regularisers/registry.ts';
import { OPTIMISERS } from '../../search/optimisers/registry.ts';

export const gglParameters = z.strictObject({
  /** A shipped generator's name, or a path. */
  generator: z.string().min(1),
  /** Independent searches; the smallest loss is chosen. */
  restarts: z.int().min(1).max(256).default(1),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts, or of the generations. */
  seed: z.int().min(0).default(1),
});

export const gglParts = {
  optimizer: { among: OPTIMISERS, fallback: 'adam' },
  loss: { among: OBJECTIVES, fallback: 'cosine' },
  regulariser: { among: REGULARISERS, fallback: 'kld' },
};

export type GglSettings = z.output<typeof gglParameters> & ChosenParts<typeof gglParts>;

/** Candidates that a step evaluates for one update, over all restarts. */
export function workloadOf({ restarts, optimizer: { part, params } }: GglSettings): Workload {
  return {
    steps: params.steps,
    candidates: restarts * part.points(params),
    gradient: part.evaluates === 'gradients',
  };
}
