/** Sessions on a GPU: their state, and what happens when memory lacks. */
import { describe, expect, it } from 'vitest';
import { whyUntested } from '../../conformance/tested.ts';
import { compile, openSession } from '../../index.ts';
import * as tf from '../../tf.ts';

const missing = whyUntested('onnx-webgpu');

const SIZE = 1 << 18;

/** Two kept tensors: one that a call counts up, one that it only reads. */
const counter = compile({
  name: 'test/webgpu/counter',
  inputs: { x: [1] },
  state: { count: [SIZE], step: [SIZE] },
  fn: ({ x, count, step }) => ({
    outputs: { first: tf.slice(count as tf.Tensor, [0], [1]) },
    state: { count: tf.add(count as tf.Tensor, tf.mul(step as tf.Tensor, x as tf.Tensor)) },
  }),
});

const state = () => ({ count: new Float32Array(SIZE).fill(5), step: new Float32Array(SIZE).fill(2) });

describe.skipIf(missing)(`a session on WebGPU${missing ? `: ${missing}` : ''}`, () => {
  it('keeps state on the device, which can be read and written between calls', async () => {
    await using session = await openSession(counter, { state: state(), executor: 'onnx-webgpu' });
    const x = Float32Array.of(1);
    const seen: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) seen.push((await session.run({ x })).first?.[0]);
    expect(seen).toEqual([5, 7, 9]);
    const kept = await session.readState();
    expect(kept.count?.[SIZE - 1]).toBe(11);
    await session.writeState({ step: new Float32Array(SIZE).fill(100) });
    await session.run({ x });
    expect((await session.run({ x })).first?.[0]).toBe(111);
  });

  it('says that memory lacks, or that the device refuses, and goes on', async () => {
    const giant = compile({
      name: 'test/webgpu/giant',
      inputs: { x: [1, 1] },
      fn: ({ x }) => {
        const row = tf.broadcastTo(x as tf.Tensor, [1, 60_000]);
        const square = tf.matMul(tf.tanh(row), row, true);
        return { outputs: { y: tf.max(tf.matMul(square, square)) } };
      },
    });
    await using session = await openSession(giant, { executor: 'onnx-webgpu' });
    await expect(session.run({ x: Float32Array.of(1) })).rejects.toMatchObject({
      code: expect.stringMatching(/^ENGINE_DEVICE_(MEMORY|FAILED)$/),
    });
    await using other = await openSession(counter, { state: state(), executor: 'onnx-webgpu' });
    expect((await other.run({ x: Float32Array.of(1) })).first?.[0]).toBe(5);
  });
});
