import { describe, expect, it, vi } from 'vitest';
import { whyUntested } from './conformance/tested.ts';
import { compile, EXECUTORS, openSession, whyUnavailable } from './index.ts';
import { gradients, linear } from './ops/index.ts';
import * as tf from './tf.ts';

const doubled = (name = 'test/doubled') =>
  compile({
    name,
    inputs: { x: [2, 3] },
    fn: ({ x }) => ({ outputs: { y: tf.mul(x as tf.Tensor, tf.scalar(2)) } }),
  });

describe('compile', () => {
  it('caches by name and shapes', () => {
    expect(doubled()).toBe(doubled());
    expect(doubled('test/other')).not.toBe(doubled());
    const source = { name: 'test/doubled', fn: doubled().recorded && (() => ({ outputs: { y: tf.zeros([1]) } })) };
    expect(compile({ ...source, inputs: { x: [4] } })).not.toBe(doubled());
  });

  it('prints a readable graph', () => {
    expect(doubled().toText()).toBe(
      '%0 = Parameter(name=x, role=input) : [2, 3]\n%1 = Fill(value=2) : []\n%2 = Multiply(%0, %1) : [2, 3]\noutput y = %2\n',
    );
  });

  it('refuses a function that looks at a value', () => {
    const peek = () =>
      compile({
        name: 'test/peek',
        inputs: { x: [1] },
        fn: ({ x }) => ({ outputs: { y: tf.scalar((x as tf.Tensor).dataSync()[0] as number) } }),
      });
    expect(peek).toThrowError(expect.objectContaining({ code: 'ENGINE_VALUE_READ' }));
    // The failed recording leaves tfjs as it was.
    expect(tf.getBackend()).toBe('cpu');
  });

  it('names an operation that it cannot record', () => {
    const unsupported = () =>
      compile({
        name: 'test/cumsum',
        inputs: { x: [4] },
        fn: ({ x }) => ({ outputs: { y: tf.cumsum(x as tf.Tensor) } }),
      });
    expect(unsupported).toThrowError(expect.objectContaining({ code: 'ENGINE_OP_UNSUPPORTED' }));
  });

  it('removes what differentiation leaves behind', () => {
    // d/dx of sum(relu(x + tap)) with a zero tap: the tap, the ones and the broadcasts are gone.
    const program = compile({
      name: 'test/tap',
      inputs: { x: [2, 3] },
      fn: ({ x }) => {
        const tap = tf.zeros([2, 3]);
        const { grads } = gradients((t) => tf.sum(tf.relu(tf.add(x as tf.Tensor, t))), [tap]);
        return { outputs: { delta: grads[0] as tf.Tensor } };
      },
    });
    expect(program.graph.nodes.map(({ op }) => op)).toEqual(['Parameter', 'Relu', 'Step']);
  });

  it('merges equal work and cancels transposes', () => {
    const program = compile({
      name: 'test/merge',
      inputs: { x: [2, 3] },
      fn: ({ x }) => {
        const v = x as tf.Tensor;
        const twice = tf.transpose(tf.transpose(v));
        return { outputs: { y: tf.add(tf.exp(v), tf.exp(twice)) } };
      },
    });
    expect(program.graph.nodes.map(({ op }) => op)).toEqual(['Parameter', 'Exp', 'Add']);
  });
});

const step = () =>
  compile({
    name: 'test/sgd',
    inputs: { x: [4, 3] },
    bound: { target: [4, 2] },
    state: { w: [2, 3] },
    fn: ({ x, w, target }) => {
      const loss = (weights: tf.Tensor) =>
        tf.mean(tf.square(tf.sub(linear(x as tf.Tensor, weights), target as tf.Tensor)));
      const { value, grads } = gradients(loss, [w as tf.Tensor]);
      const next = tf.sub(w as tf.Tensor, tf.mul(grads[0] as tf.Tensor, tf.scalar(0.5)));
      return { outputs: { loss: value }, state: { w: next } };
    },
  });

it.runIf(whyUnavailable('tensorflow') === undefined)(
  'gives what trains to TensorFlow where it is installed, and the rest to ONNX Runtime',
  async () => {
    vi.stubEnv('LEAKSCOPE_GPU', 'off');
    const bound = { target: new Float32Array(8) };
    const training = await openSession(step(), { bound, state: { w: new Float32Array(6) } });
    const fixed = await openSession(
      compile({ name: 'test/fixed', inputs: { x: [1] }, fn: ({ x }) => ({ outputs: { x: x as tf.Tensor } }) }),
    );
    expect([training.executor, fixed.executor]).toEqual(['tensorflow', 'onnx']);
    await training.release();
    await fixed.release();
    vi.unstubAllEnvs();
  },
);

const executors = EXECUTORS.map((executor) => {
  const missing = whyUntested(executor);
  return { executor, missing, title: missing === undefined ? executor : `${executor}: ${missing}` };
});

for (const { executor, missing, title } of executors)
  describe.skipIf(missing)(`a session on ${title}`, () => {
    const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const bound = { target: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)) };
    const state = { w: new Float32Array(6) };

    it('keeps its state between calls, apart from the tensors it was given', async () => {
      const session = await openSession(step(), { executor, bound, state });
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) losses.push((await session.run({ x })).loss?.[0] as number);
      expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.7);
      expect(state.w).toEqual(new Float32Array(6));
      const kept = await session.readState();
      await session.writeState(state);
      expect((await session.run({ x })).loss?.[0]).toBe(losses[0]);
      await session.writeState(kept);
      expect((await session.run({ x })).loss?.[0]).toBeLessThan(losses.at(-1) as number);
      await session.release();
    });

    it('has its bound tensors for itself', async () => {
      const program = compile({
        name: 'test/large bound',
        inputs: { a: [1, 300] },
        bound: { folded: [300, 200], direct: [300, 200] },
        fn: ({ a, folded, direct }) => {
          const products = [tf.neg(folded as tf.Tensor), direct as tf.Tensor].map((b) => tf.matMul(a as tf.Tensor, b));
          return { outputs: { y: tf.addN(products) } };
        },
      });
      const given = Object.fromEntries(
        ['folded', 'direct'].map((name, of) => [
          name,
          Float32Array.from({ length: 60_000 }, (_, i) => Math.sin(i + of)),
        ]),
      );
      await using session = await openSession(program, { executor, bound: given });
      const a = Float32Array.from({ length: 300 }, (_, i) => Math.cos(i));
      const before = await session.run({ a });
      for (const values of Object.values(given)) values.fill(Number.NaN);
      expect(await session.run({ a })).toEqual(before);
    });

    it('names a missing, unknown or ill-sized tensor', async () => {
      await expect(openSession(step(), { executor, bound, state: {} })).rejects.toMatchObject({
        code: 'ENGINE_TENSOR_MISSING',
      });
      const session = await openSession(step(), { executor, bound, state });
      await expect(session.run({})).rejects.toMatchObject({ code: 'ENGINE_TENSOR_MISSING' });
      await expect(session.run({ x, y: x })).rejects.toMatchObject({ code: 'ENGINE_TENSOR_UNKNOWN' });
      await expect(session.run({ x: new Float32Array(3) })).rejects.toMatchObject({ code: 'ENGINE_SHAPE' });
      await session.release();
      await session.release();
      await expect(session.run({ x })).rejects.toMatchObject({ code: 'ENGINE_RELEASED' });
    });

    // Garbage of the eager executor is JavaScript's own.
    it.skipIf(executor === 'eager')(
      'memory stays flat over 1,000 calls and 50 sessions',
      async () => {
        const program = compile({
          name: 'test/memory',
          inputs: { x: [64, 256] },
          bound: { w: [256, 256] },
          fn: ({ x, w }) => {
            const { value, grads } = gradients((v) => tf.sum(tf.tanh(tf.matMul(v, w as tf.Tensor))), [x as tf.Tensor]);
            return { outputs: { value, grad: grads[0] as tf.Tensor } };
          },
        });
        const bound = { w: new Float32Array(256 * 256).fill(0.01) };
        const inputs = { x: new Float32Array(64 * 256).fill(0.1) };
        const settle = (): number => {
          globalThis.gc?.();
          return process.memoryUsage().rss;
        };
        const session = await openSession(program, { bound, executor });
        const call = async (times: number): Promise<void> => {
          for (let i = 0; i < times; i++) await session.run(inputs);
        };
        const reopen = async (times: number): Promise<void> => {
          for (let i = 0; i < times; i++) await (await openSession(program, { bound, executor })).release();
        };
        await call(300);
        await reopen(10);
        const before = settle();
        await call(1000);
        await reopen(50);
        // 1,000 leaked gradients would be 64 MiB, 50 leaked sessions 12.5 MiB of weights and as much again packed.
        expect(settle() - before).toBeLessThan(24 * 2 ** 20);
        await session.release();
        // A GPU that software imitates takes minutes over a thousand calls.
      },
      300_000,
    );
  });
