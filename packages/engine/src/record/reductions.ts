/** Kernels that reduce axes. */
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../graph/graph.ts';
import { reduced } from '../graph/shapes.ts';
import type { Kernel } from '../kernels/names.ts';
import { at, type Row, view } from './row.ts';

/** A reduction that keeps its axes as size 1, viewed without them unless `keepDims`. */
const reduceRow =
  (op: 'Sum' | 'Max' | 'Min', scale?: (count: number) => number): Row =>
  (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const axes = tf.util.parseAxisParam((attrs.reductionIndices ?? attrs.axis) as number | number[], x.shape);
    const kept = reduced(x.shape, axes);
    let id = r.add(op, [r.idOf(x)], { axes }, kept);
    if (scale !== undefined) {
      const factor = r.add('Fill', [], { value: Math.fround(scale(sizeOf(x.shape) / sizeOf(kept))) }, []);
      id = r.add('Multiply', [id, factor], {}, kept);
    }
    return attrs.keepDims === true
      ? id
      : view(
          r,
          id,
          x.shape.filter((_, axis) => !axes.includes(axis)),
        );
  };

const argRow =
  (op: 'ArgMax' | 'ArgMin'): Row =>
  (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0] as number;
    const id = r.add(op, [r.idOf(x)], { axis }, reduced(x.shape, [axis]), 'int32');
    return view(
      r,
      id,
      x.shape.filter((_, i) => i !== axis),
    );
  };

export const reductions = {
  [tf.Sum]: reduceRow('Sum'),
  [tf.Mean]: reduceRow('Sum', (count) => 1 / count),
  [tf.Max]: reduceRow('Max'),
  [tf.Min]: reduceRow('Min'),
  [tf.ArgMax]: argRow('ArgMax'),
  [tf.ArgMin]: argRow('ArgMin'),
  [tf.Softmax]: (r, inputs) => {
    const logits = at(inputs, 'logits');
    return r.add('Softmax', [r.idOf(logits)], {}, logits.shape);
  },
} satisfies Partial<Record<Kernel, Row>>;
