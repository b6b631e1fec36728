/**
 * Gradients of the tfjs kernels that tensor programs use. Each can be differentiated again; a kernel without a row fails to compile.
 *
 * tfjs has a table of its own, which keeps a kernel's *output* for the backward pass. The tape lists that copy before the kernel,
 * so the path from the copy to the input is lost: the gradient of a gradient is silently wrong for tanh, sigmoid, exp, softmax and
 * others. Its comparisons throw, which breaks every masked gradient. Here each row keeps inputs and recomputes the output. The
 * compiler merges common subexpressions, so nothing is computed twice.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsKernel } from '../kernels/names.ts';
import { constants } from './constants.ts';
import { elementwise } from './elementwise.ts';
import { movement } from './movement.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import type { Row } from './row.ts';

const rows: Readonly<Record<TfjsKernel, Row>> = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...products,
  ...constants,
};

for (const [kernelName, row] of Object.entries(rows)) {
  // Another library in the process may have registered tfjs' own table.
  if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
  tf.registerGradient({ kernelName, ...row });
}
