/** Which graphs get their batch innermost; that the numbers stay is the conformance suite's business. */
import { describe, expect, it } from 'vitest';
import { compile, type Program } from '../../../index.ts';
import { conv2d, gradients } from '../../../ops/index.ts';
import * as tf from '../../../tf.ts';
import { toChwn } from './to-chwn.ts';

const SIZE = 8;

/** Two convolutions, the second strided, and the gradients of the sum of squares in both weights. */
function step(name: string, batch: number, role: 'input' | 'bound', columns = SIZE): Program {
  const weights = { first: [4, 3, 3, 3], second: [4, 4, 3, 3] };
  return compile({
    name: `test/batch-last/${name}`,
    inputs: { x: [batch, 3, SIZE, columns], ...(role === 'input' && weights) },
    bound: role === 'bound' ? weights : {},
    fn: ({ x, first, second }) => {
      const { grads } = gradients(
        (a, b) => {
          const hidden = tf.relu(conv2d(x as tf.Tensor, a as tf.Tensor, { padding: 1 }));
          return { value: tf.sum(tf.square(conv2d(hidden, b as tf.Tensor, { padding: 1, stride: 2 }))), aux: {} };
        },
        [first as tf.Tensor, second as tf.Tensor],
      );
      return { outputs: { first: grads[0] as tf.Tensor, second: grads[1] as tf.Tensor } };
    },
  });
}

const innerBatch = ({ nodes }: ReturnType<typeof toChwn>): Record<string, unknown> =>
  Object.fromEntries(
    nodes.flatMap(({ op, attrs }) => (attrs.innerBatch === undefined ? [] : [[op, attrs.innerBatch]])),
  );

describe('toChwn', () => {
  it('makes one image of a batch for convolutions whose weights change', () => {
    const { graph } = step('trains', 8, 'input');
    expect(innerBatch(toChwn(graph))).toEqual({ Conv2d: 8, Conv2dInputGrad: 8, Conv2dFilterGrad: 8 });
  });

  it('leaves a strided one over larger maps as it is', () => {
    const { graph } = step('larger', 8, 'input', 16);
    expect(innerBatch(toChwn(graph))).toEqual({ Conv2d: 8, Conv2dFilterGrad: 8 });
  });

  it('gives outputs in the shapes and under the names that they had', () => {
    const { graph } = step('trains', 8, 'input');
    const changed = toChwn(graph);
    const shapes = ({ nodes, outputs }: typeof graph) =>
      Object.entries(outputs).map(([name, id]) => [name, nodes[id]?.shape]);
    expect(shapes(changed)).toEqual(shapes(graph));
  });

  it.each([
    ['whose weights are packed', step('packed', 8, 'bound')],
    ['of few examples', step('few', 7, 'input')],
    ['of wide images', step('wide', 8, 'input', 17)],
  ])('leaves a graph %s as it is', (_, { graph }) => {
    expect(toChwn(graph)).toBe(graph);
  });
});
