/** The one check that operations over images share. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type * as tf from '@tensorflow/tfjs-core';

export function requireRank(op: string, x: tf.Tensor, rank: number): void {
  if (x.rank !== rank) throw new LeakscopeError('ENGINE_SHAPE', { op, expected: `rank ${rank}`, got: `[${x.shape}]` });
}
