/** Clipping to an L2 bound (paper: 4), over the whole update or tensor by tensor. */
import { globalNorm, layerNorms, type NamedTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineDefense } from './defense.ts';
import { applyTransform } from './transform.ts';

export const clip = defineDefense({
  name: 'clip',
  summary: 'scale down to an L2 norm of at most bound, globally or layer by layer',
  params: z.strictObject({
    /** Largest L2 norm that passes unchanged. */
    bound: z.number().finite().positive(),
    /** `global`: one norm over all tensors; `layer`: each tensor by its own. */
    scope: z.enum(['global', 'layer']).default('global'),
  }),
  hook: 'update',
  apply: (update, { bound, scope }) => applyTransform(update, { kind: 'scale-to-norm', scope, bounds: bound }),
  attackerView: (y, knowledge) => {
    if (knowledge !== 'estimated') {
      const { bound, scope } = knowledge.oracle;
      return { kind: 'scale-to-norm', scope, bounds: bound };
    }
    const { bound, scope } = estimateClip(y);
    return { kind: 'scale-to-norm', scope, bounds: bound };
  },
});

/**
 * Bound and scope, from a clipped update alone. A clipped norm equals the bound, so the observed norm is the estimate.
 * Two or more tensors that share the largest norm to float32 accuracy give layer clipping away: by chance they do not.
 */
export function estimateClip(y: NamedTensors): { bound: number; scope: 'global' | 'layer' } {
  const norms = [...layerNorms(y).values()];
  const largest = Math.max(...norms);
  const atBound = norms.filter((norm) => norm >= largest * (1 - 1e-5)).length;
  return largest > 0 && atBound >= 2 ? { bound: largest, scope: 'layer' } : { bound: globalNorm(y), scope: 'global' };
}
