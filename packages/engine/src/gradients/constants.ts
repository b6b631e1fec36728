/** Gradients of kernels that are constant almost everywhere: zero. */
import * as tf from '@tensorflow/tfjs-core';
import { COMPARISONS } from '../graph/graph.ts';
import { tabulate } from '../graph/table.ts';
import type { TfjsKernel } from '../kernels/names.ts';
import type { Row } from './row.ts';

/** A kernel that is constant almost everywhere. */
const flat = (...inputs: string[]): Row => ({
  inputsToSave: inputs,
  gradFunc: (_dy, saved) =>
    Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)])),
});

export const constants = {
  [tf.Step]: flat('x'),
  [tf.Sign]: flat('x'),
  [tf.Floor]: flat('x'),
  [tf.Ceil]: flat('x'),
  [tf.Round]: flat('x'),
  [tf.ArgMax]: flat('x'),
  [tf.ArgMin]: flat('x'),
  [tf.ZerosLike]: flat('x'),
  [tf.OnesLike]: flat('x'),
  [tf.LogicalNot]: flat('x'),
  ...tabulate(COMPARISONS, () => flat('a', 'b')),
} satisfies Partial<Record<TfjsKernel, Row>>;
