/** Soteria (Sun et al., CVPR 2021): hide in the last layer's gradient those features that give the input away. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineDefense, type FeatureSensitivity } from './defense.ts';
import { percentile } from './percentile.ts';
import { mapTensors } from './transform.ts';

/** Keeps scores finite for dead features. */
const EPSILON = 1e-10;

export const soteria = defineDefense({
  name: 'soteria',
  summary: 'zero the columns of the last layer whose features score below a percentile',
  params: z.strictObject({
    /** Share of the features that is masked. */
    fraction: z.number().min(0).lt(1),
    /**
     * `sensitivity`: ‖∂r_i/∂x‖ / |r_i|, as GGL's code has it; `inverse`: |r_i| / ‖∂r_i/∂x‖, as Soteria's own code has it.
     * Columns that score below the percentile are masked.
     */
    score: z.enum(['sensitivity', 'inverse']).default('sensitivity'),
    /** The tensor whose columns are features, [classes, features]. */
    tensor: z.string().default('fc.weight'),
  }),
  hook: 'update',
  readsExamples: true,
  apply: async (update, { fraction, score, tensor }, context) => {
    if (context.sensitivity === undefined) throw new LeakscopeError('DEFENSE_NEEDS_EXAMPLES', { defense: 'soteria' });
    const scores = featureScores(await context.sensitivity(), score);
    const { shape } = lastLayer(update, tensor);
    if (scores.length !== shape[1]) {
      throw new LeakscopeError('TENSORS_SHAPE_MISMATCH', {
        tensor,
        expected: [shape[0] ?? 0, scores.length],
        actual: shape,
      });
    }
    const threshold = percentile(scores, fraction);
    return mapTensors(update, (name, data) =>
      name === tensor ? data.map((value, i) => ((scores[i % scores.length] as number) < threshold ? 0 : value)) : data,
    );
  },
  attackerView: (y, knowledge) => {
    const tensor = knowledge === 'estimated' ? 'fc.weight' : knowledge.oracle.tensor;
    return { kind: 'columns', tensor, keep: liveColumns(lastLayer(y, tensor)) };
  },
});

/** One score a feature; the defence masks the low ones. */
export function featureScores(
  { features, sensitivity }: FeatureSensitivity,
  score: 'sensitivity' | 'inverse',
): Float64Array {
  return Float64Array.from(features, (feature, i) => {
    const slope = sensitivity[i] ?? Number.NaN;
    return score === 'sensitivity' ? slope / (Math.abs(feature) + EPSILON) : Math.abs(feature) / (slope + EPSILON);
  });
}

/** 1 for each column of [rows, columns] with an entry other than 0. */
export function liveColumns({ shape, data }: Tensor): Uint8Array {
  const keep = new Uint8Array(shape[1] ?? 0);
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) keep[i % keep.length] = 1;
  return keep;
}

function lastLayer(tensors: NamedTensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new LeakscopeError('TENSORS_MISSING', { tensor: name });
  return tensor;
}
