/** Runs one conformance case on an executor: value, gradient, and the gradient of the gradient's norm. */
import { seeded } from '@leakscope/shared/random';
import { sizeOf } from '../graph/graph.ts';
import { compile, type ExecutorName, openSession, type Program } from '../index.ts';
import { gradients } from '../ops/index.ts';
import * as tf from '../tf.ts';
import type { OpCase } from './cases/op-case.ts';

const operandName = (i: number): string => `operand${i}`;

/** Operands of a case, the same on every machine. */
export function operandsOf(testCase: OpCase): Record<string, Float32Array> {
  return Object.fromEntries(
    testCase.operands.map((shape, i) => {
      const random = seeded(11, 'conformance', testCase.name, i);
      const values = Float32Array.from({ length: sizeOf(shape) }, () =>
        testCase.domain === 'positive' ? 0.5 + 1.5 * random.uniform() : random.normal(),
      );
      return [operandName(i), values];
    }),
  );
}

/** The program of a case: y, F = <y, w>, dF/da for each operand, s = sum ||dF/da||^2 and ds/da. */
export function programOf(testCase: OpCase): Program {
  const names = testCase.operands.map((_, i) => operandName(i));
  return compile({
    name: `conformance/${testCase.name}`,
    inputs: Object.fromEntries(testCase.operands.map((shape, i) => [operandName(i), shape])),
    fn: (tensors) => {
      const operands = names.map((name) => tensors[name] as tf.Tensor);
      const objective = (...xs: tf.Tensor[]): { value: tf.Tensor; aux: Record<string, tf.Tensor> } => {
        const y = testCase.f(...xs);
        return { value: tf.sum(tf.mul(y, weights(testCase.name, y.shape))), aux: { y } };
      };
      const norm = (...xs: tf.Tensor[]): { value: tf.Tensor; aux: Record<string, tf.Tensor> } => {
        const { value, grads, aux } = gradients(objective, xs);
        const first = Object.fromEntries(grads.map((grad, i) => [`first/${names[i]}`, grad]));
        const squared = tf.addN(grads.map((grad) => tf.sum(tf.square(grad))));
        // A linear operation's gradient does not depend on its operands: 0 F keeps the second derivative defined, as zero.
        return { value: tf.add(squared, tf.mul(value, tf.scalar(0))), aux: { ...aux, ...first, F: value } };
      };
      const { value, grads, aux } = gradients(norm, operands);
      const second = Object.fromEntries(grads.map((grad, i) => [`second/${names[i]}`, grad]));
      return { outputs: { ...aux, s: value, ...second } };
    },
  });
}

function weights(name: string, shape: number[]): tf.Tensor {
  return tf.tensor(seeded(12, 'conformance', name).normals(sizeOf(shape)), shape);
}

/** All outputs of a case on an executor. */
export async function runCase(
  testCase: OpCase,
  executor: ExecutorName,
  operands: Record<string, Float32Array>,
): Promise<Record<string, Float32Array>> {
  const session = await openSession(programOf(testCase), { executor });
  try {
    return await session.run(operands);
  } finally {
    await session.release();
  }
}

/** ||a - b|| / max(||b||, 1e-6 sqrt(n)): exact zeros compare as zeros. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let norm = 0;
  b.forEach((value, i) => {
    difference += ((a[i] as number) - value) ** 2;
    norm += value * value;
  });
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-6 * Math.sqrt(b.length));
}
