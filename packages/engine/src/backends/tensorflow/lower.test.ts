/** What a lowered graph does in each call, and what it has done before: nothing here needs TensorFlow. */
import { describe, expect, it } from 'vitest';
import { compile, type Program } from '../../index.ts';
import { batchNorm, conv2d, gradients } from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import { type LoweredGraph, lower } from './lower.ts';
import type { TfNode } from './proto.ts';

/** Nodes that must run for `fetches`. */
function needed({ nodes }: LoweredGraph, fetches: readonly string[]): TfNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const seen = new Set<string>();
  const visit = (input: string): void => {
    const name = input.replace(/^\^/, '').replace(/:\d+$/, '');
    if (seen.has(name)) return;
    seen.add(name);
    for (const next of byName.get(name)?.inputs ?? []) visit(next);
  };
  for (const name of fetches) visit(name);
  return nodes.filter(({ name }) => seen.has(name));
}

/** How often each operation runs for `fetches`. */
function operations(graph: LoweredGraph, fetches: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of needed(graph, fetches)) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

const calls = (graph: LoweredGraph): string[] => [...Object.values(graph.outputs), graph.stepped];

const twoLayers = (): Program =>
  compile({
    name: 'test/tensorflow/two layers',
    inputs: { x: [2, 3, 8, 8] },
    bound: { first: [4, 3, 3, 3], second: [4, 4, 3, 3], statistics: [4] },
    fn: ({ x, first, second, statistics }) => {
      const s = statistics as tf.Tensor;
      const hidden = conv2d(x as tf.Tensor, first as tf.Tensor, { padding: 1 });
      const normed = tf.relu(batchNorm(hidden, { mean: s, variance: tf.square(s), gamma: s, beta: s }));
      return { outputs: { y: tf.sum(conv2d(normed, second as tf.Tensor, { padding: 1 }), [2, 3]) } };
    },
  });

/** One step of gradient descent with momentum on a convolution. */
const step = (): Program =>
  compile({
    name: 'test/tensorflow/step',
    inputs: { x: [2, 3, 8, 8] },
    state: { w: [4, 3, 3, 3], moment: [4, 3, 3, 3] },
    fn: ({ x, w, moment }) => {
      const loss = (weights: tf.Tensor): tf.Tensor =>
        tf.sum(tf.square(conv2d(x as tf.Tensor, weights, { padding: 1 })));
      const { value, grads } = gradients(loss, [w as tf.Tensor]);
      const next = tf.add(tf.mul(moment as tf.Tensor, 0.9), grads[0] as tf.Tensor);
      return { outputs: { value }, state: { moment: next, w: tf.sub(w as tf.Tensor, tf.mul(next, 0.1)) } };
    },
  });

describe('a call', () => {
  it('moves axes once, where an image enters: activations stay channels last', () => {
    expect(operations(lower(twoLayers().graph), calls(lower(twoLayers().graph))).Transpose).toBe(1);
  });

  it('reads what follows from bound tensors alone from variables, made once', () => {
    const graph = lower(twoLayers().graph);
    const each = operations(graph, calls(graph));
    expect(each.Rsqrt).toBeUndefined();
    expect(each.AssignVariableOp).toBeUndefined();
    const once = operations(graph, [graph.prepared]);
    expect(once).toMatchObject({ Rsqrt: 1, Transpose: 2 });
    expect(once.AssignVariableOp).toBe(each.ReadVariableOp);
    expect(once.Conv2D).toBeUndefined();
  });

  it('keeps weights and moments in the order of the gradient', () => {
    const graph = lower(step().graph);
    expect(operations(graph, calls(graph)).Transpose).toBe(1); // the image
    const written = Object.values(graph.state).map(({ assigned }) => assigned);
    expect(operations(graph, written).Transpose).toBe(2);
  });

  it('assigns a state tensor after it was read', () => {
    const graph = lower(step().graph);
    const assignments = needed(graph, [graph.stepped]).filter(({ op }) => op === 'AssignVariableOp');
    expect(assignments).toHaveLength(2);
    for (const { inputs } of assignments) {
      const [variable, , ...after] = inputs;
      const read = graph.nodes.find(({ op, inputs: [from] }) => op === 'ReadVariableOp' && from === variable);
      expect(after).toEqual([`^${read?.name}`]);
    }
  });

  it('gives every variable a name of its own', () => {
    const { nodes } = lower(step().graph);
    const names = nodes.filter(({ op }) => op === 'VarHandleOp').map(({ attributes }) => attributes.shared_name);
    expect(new Set(names).size).toBe(names.length);
  });
});
