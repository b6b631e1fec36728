import {
  averagePool2d,
  batchNormTrain,
  conv2d,
  convTranspose2d,
  gradients,
  logSoftmax,
  logSumExp,
  maxPool2d,
  resizeArea,
  resizeBilinear,
  resizeNearest,
} from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Tensor } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { describeEach, run } from './executors.ts';
import { fixture, type OpCase } from './fixture.ts';
import { tensorOf } from './networks.ts';
import { assertParity, compareTensor, compareValue, normOf } from './tolerance.ts';

type Named = Record<string, tf.Tensor>;
type Op = (tensors: Named & { x: tf.Tensor }) => tf.Tensor;

const UP = [9, 10] as const;
const DOWN = [5, 4] as const;
const resize = { bilinear: resizeBilinear, area: resizeArea, nearest: resizeNearest };
const pool: Op = ({ x }) => maxPool2d(x, { size: 3, stride: 2, padding: 1 });

/** The operations of the fixture by name, as its README defines them. */
const OPS: Readonly<Record<string, Op>> = {
  tanh: ({ x }) => tf.tanh(x),
  sigmoid: ({ x }) => tf.sigmoid(x),
  exp: ({ x }) => tf.exp(x),
  softmax: ({ x }) => tf.softmax(x),
  log_softmax: ({ x }) => logSoftmax(x),
  softplus: ({ x }) => tf.softplus(x),
  'leaky_relu_0.2': ({ x }) => tf.leakyRelu(x, 0.2),
  relu: ({ x }) => tf.relu(x),
  logsumexp: ({ x }) => logSumExp(x),
  row_normalise: ({ x }) => tf.div(x, tf.sqrt(tf.sum(tf.square(x), 1, true))),
  max_pool2d_k3_s2_p1: pool,
  avg_pool2d_k2: ({ x }) => averagePool2d(x, { size: 2 }),
  batch_norm_train: ({ x, gamma, beta }) => batchNormTrain(x, gamma as tf.Tensor, beta as tf.Tensor, 1e-5).y,
};

function opOf(name: string): Op {
  const known = OPS[name];
  if (known !== undefined) return known;
  if (name.endsWith('_squared')) {
    const inner = opOf(name.slice(0, -'_squared'.length));
    return (tensors) => tf.square(inner(tensors));
  }
  const convolution = /^(conv2d|conv_transpose2d)_k\d_s(\d)_p(\d)$/.exec(name);
  if (convolution !== null) {
    const window = { stride: Number(convolution[2]), padding: Number(convolution[3]) };
    const op = convolution[1] === 'conv2d' ? conv2d : convTranspose2d;
    return ({ x, theta }) => op(x, theta as tf.Tensor, window);
  }
  const interpolation = /^interpolate_(bilinear|area|nearest)_(up|down)$/.exec(name);
  if (interpolation !== null) {
    const op = resize[interpolation[1] as keyof typeof resize];
    return ({ x }) => op(x, [...(interpolation[2] === 'up' ? UP : DOWN)]);
  }
  throw new Error(`the fixture has an operation that this suite does not know: ${name}`);
}

/** F = Σ f w; for each tensor a of F: s_a = ||dF/da||², and ds_a/db for every tensor b. */
function secondOrder(op: Op, firsts: readonly string[], tensors: Named): Named {
  const names = Object.keys(tensors);
  const scalar = (values: Named): tf.Tensor => tf.sum(tf.mul(op(values as Parameters<Op>[0]), values.w as tf.Tensor));
  const outputs: Named = { F: scalar(tensors) };
  for (const a of firsts) {
    const { value, grads } = gradients(
      (...xs) => {
        const values = Object.fromEntries(names.map((name, i) => [name, xs[i] as tf.Tensor]));
        const [slope] = gradients((x) => scalar({ ...values, [a]: x }), [values[a] as tf.Tensor]).grads;
        // tfjs refuses to differentiate by what a function does not use: here every tensor is used, with weight 0.
        const unused = tf.addN(xs.map((x) => tf.mul(tf.sum(x), 0)));
        return tf.add(tf.sum(tf.square(slope as tf.Tensor)), unused);
      },
      names.map((name) => tensors[name] as tf.Tensor),
    );
    outputs[`s ${a}`] = value;
    names.forEach((b, i) => {
      outputs[`d ${a} ${b}`] = grads[i] as tf.Tensor;
    });
  }
  return outputs;
}

function tensorsOf(op: OpCase): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(op.tensors).map(([name, { k, shape, std, mean }]) => [name, tensorOf(k, shape, { std, mean })]),
  );
}

describeEach('ops', (executor) => {
  test.each(fixture.ops.map((op) => [op.name, op] as const))('%s', async (name, op) => {
    const firsts = Object.keys(op.first);
    const got = await run(executor, `ops/${name}`, tensorsOf(op), (values) => secondOrder(opOf(name), firsts, values));
    const output = (key: string): Float32Array => got[key] ?? new Float32Array();
    assertParity(`${name} F`, compareValue(output('F')[0] ?? Number.NaN, op.F));
    for (const [a, { s, grad }] of Object.entries(op.first)) {
      assertParity(`${name} s_${a}`, compareValue(output(`s ${a}`)[0] ?? Number.NaN, s));
      for (const b of Object.keys(op.tensors)) {
        const expected = grad[b];
        const slope = output(`d ${a} ${b}`);
        if (expected !== undefined) assertParity(`${name} ds_${a}/d${b}`, compareTensor(slope, expected));
        else expect(normOf(slope), `${name} ds_${a}/d${b}`).toBeLessThan(1e-5 * Math.max(1, s.value));
      }
    }
  });
});
