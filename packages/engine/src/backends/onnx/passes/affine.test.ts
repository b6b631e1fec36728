/** Which sums become convolutions, and that large tensors come out as on the reference, whichever way the batch lies. */
import { seeded } from '@leakscope/shared/random';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../../conformance/run.ts';
import { sizeOf } from '../../../graph/graph.ts';
import { compile, openSession, type Program } from '../../../index.ts';
import { batchNormTrain, conv2d, gradients } from '../../../ops/index.ts';
import * as tf from '../../../tf.ts';
import { lower } from '../lower/lower.ts';
import { findAffines } from './affine.ts';

const LARGE = [4, 16, 64, 64];

const affine = (name: string, shape: readonly number[], vector: readonly number[]): Program =>
  compile({
    name: `test/affine/${name}`,
    inputs: { x: shape, scale: vector, shift: vector },
    fn: ({ x, scale, shift }) => ({
      outputs: { y: tf.relu(tf.add(shift as tf.Tensor, tf.mul(x as tf.Tensor, scale as tf.Tensor))) },
    }),
  });

/** A convolution, batch norm and their gradients; `side` decides whether the batch is moved innermost. */
const normed = (batch: number, side: number): Program =>
  compile({
    name: `test/affine/normed/${side}`,
    inputs: { x: [batch, 3, side, side], w: [64, 3, 3, 3], gamma: [64], beta: [64] },
    fn: ({ x, w, gamma, beta }) => {
      const { value, grads } = gradients(
        (filter, scale, shift) => {
          const y = batchNormTrain(
            conv2d(x as tf.Tensor, filter as tf.Tensor, { padding: 1 }),
            scale as tf.Tensor,
            shift as tf.Tensor,
          ).y;
          return { value: tf.mean(tf.square(tf.tanh(y))), aux: {} };
        },
        [w as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor],
      );
      const [dw, dgamma, dbeta] = grads as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { outputs: { value, dw, dgamma, dbeta } };
    },
  });

async function bothAgree(program: Program): Promise<void> {
  const inputs = Object.fromEntries(
    Object.entries(program.parameters.input).map(([name, shape]) => [name, seeded(5, name).normals(sizeOf(shape))]),
  );
  const [got, want] = await Promise.all(
    (['onnx', 'eager'] as const).map(async (executor) => {
      await using session = await openSession(program, { executor });
      return await session.run(inputs);
    }),
  );
  for (const [name, values] of Object.entries(want as Record<string, Float32Array>)) {
    expect(relativeError(got?.[name] as Float32Array, values), name).toBeLessThan(2e-5);
  }
}

const convolutions = (program: Program): number =>
  lower(program.graph).nodes.filter(({ type }) => type === 'Conv').length;

describe('x * scale + shift', () => {
  it('is one depthwise convolution over a large image', async () => {
    const program = affine('large', LARGE, [1, 16, 1, 1]);
    expect(findAffines(program.graph).size).toBe(1);
    expect(lower(program.graph).nodes.map(({ type }) => type)).not.toContain('Add');
    await bothAgree(program);
  });

  it.each([
    ['a small image', affine('small', [4, 16, 8, 8], [1, 16, 1, 1])],
    ['numbers of each row', affine('rows', LARGE, [1, 1, 64, 1])],
    ['one number', affine('one', LARGE, [1, 1, 1, 1])],
  ])('stays a product and a sum with %s', async (_, program) => {
    expect(findAffines(program.graph).size).toBe(0);
    await bothAgree(program);
  });

  it.each([
    ['batch first', 4, 32],
    ['batch last', 16, 16],
  ])('serves batch norm forwards and backwards, %s', async (_, batch, side) => {
    const program = normed(batch, side);
    // The convolution and its filter gradient would be two or three without.
    expect(convolutions(program)).toBeGreaterThanOrEqual(4);
    await bothAgree(program);
  });
});
