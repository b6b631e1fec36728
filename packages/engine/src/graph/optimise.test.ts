import { describe, expect, it } from 'vitest';
import { compile } from '../index.ts';
import { conv2d, gradients } from '../ops/index.ts';
import * as tf from '../tf.ts';

/** Operations of the optimised graph of a function of x [2, 3] and y [2, 3], parameters and constants left out. */
function operations(name: string, f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): string[] {
  const program = compile({
    name: `optimise/${name}`,
    inputs: { x: [2, 3], y: [2, 3] },
    fn: ({ x, y }) => ({ outputs: { out: f(x as tf.Tensor, y as tf.Tensor) } }),
  });
  return program.graph.nodes.map(({ op }) => op as string).filter((op) => !['Parameter', 'Fill', 'Const'].includes(op));
}

describe('rewriting', () => {
  it.each([
    ['adding zero', (x) => tf.add(x, tf.zeros([2, 3])), []],
    ['subtracting zero', (x) => tf.sub(x, 0), []],
    ['multiplying by ones', (x) => tf.mul(tf.ones([2, 3]), x), []],
    ['dividing by one', (x) => tf.div(x, 1), []],
    ['multiplying by zero', (x) => tf.mul(x, 0), []],
    ['0 - x', (x) => tf.sub(0, x), ['Neg']],
    ['double negation', (x) => tf.neg(tf.neg(x)), []],
    ['a + (-b)', (x, y) => tf.add(x, tf.neg(y)), ['Sub']],
    ['a - (-b)', (x, y) => tf.sub(x, tf.neg(y)), ['Add']],
    ['a chain of scalings', (x) => tf.mul(tf.mul(tf.mul(x, 2), 3), 4), ['Multiply']],
    [
      'equal work, operands exchanged',
      (x, y) => tf.sub(tf.exp(tf.add(x, y)), tf.exp(tf.add(y, x))),
      ['Add', 'Exp', 'Sub'],
    ],
    ['views of views', (x) => tf.reshape(tf.reshape(x, [6]), [3, 2]), ['Reshape']],
    ['a view back', (x) => tf.reshape(tf.reshape(x, [6]), [2, 3]), []],
    ['a transpose and its inverse', (x) => tf.transpose(tf.transpose(x)), []],
    ['a transpose into a product', (x, y) => tf.matMul(tf.transpose(x), y), ['MatMul']],
    ['a sum over axes of size one', (x) => tf.sum(tf.reshape(x, [1, 2, 3]), 0), []],
    ['a sum of sums', (x) => tf.sum(tf.sum(x, 1, true), 0, true), ['Sum']],
    [
      'a broadcast before elementwise work',
      (x) => tf.mul(tf.broadcastTo(tf.sum(x, 0, true), [2, 3]), x),
      ['Sum', 'Multiply'],
    ],
    ['constants', () => tf.sum(tf.exp(tf.tensor2d([[1, 2, 3]]))), []],
    [
      'dead code',
      (x) => {
        tf.exp(x);
        return tf.neg(x);
      },
      ['Neg'],
    ],
  ] satisfies [string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, string[]][])('%s', (name, f, expected) => {
    expect(operations(name, f)).toEqual(expected);
  });

  it('leaves one forward and one backward convolution of a convolution gradient', () => {
    const program = compile({
      name: 'optimise/conv',
      inputs: { x: [1, 3, 8, 8] },
      bound: { w: [4, 3, 3, 3] },
      fn: ({ x, w }) => {
        const { grads } = gradients((v) => tf.sum(tf.square(conv2d(v, w as tf.Tensor))), [x as tf.Tensor]);
        return { outputs: { gradient: grads[0] as tf.Tensor } };
      },
    });
    expect(program.graph.nodes.map(({ op }) => op)).toEqual(
      expect.arrayContaining(['Conv2d', 'Multiply', 'Conv2dInputGrad']),
    );
    expect(program.graph.nodes).toHaveLength(6);
  });
});
