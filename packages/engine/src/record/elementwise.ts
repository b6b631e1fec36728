/** Kernels that work value by value. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type Attributes,
  BINARY,
  type BinaryOp,
  COMPARISONS,
  type DType,
  UNARY,
  type UnaryOp,
} from '../graph/graph.ts';
import { broadcast } from '../graph/shapes.ts';
import { tabulate } from '../graph/table.ts';
import type { Kernel } from '../kernels/names.ts';
import type { Recording } from './recorder.ts';
import { at, list, type Row } from './row.ts';

const GIVES_TRUTH: ReadonlySet<BinaryOp> = new Set(COMPARISONS);

const unaryRow =
  (op: UnaryOp): Row =>
  (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const alpha: Attributes = typeof attrs.alpha === 'number' ? { alpha: attrs.alpha } : {};
    return r.add(op, [r.idOf(x)], alpha, x.shape, op === 'LogicalNot' ? 'bool' : 'float32');
  };

const binary = (r: Recording, op: BinaryOp, a: number, b: number): number => {
  const [left, right] = [r.node(a), r.node(b)];
  const dtype: DType = GIVES_TRUTH.has(op) ? 'bool' : left.dtype;
  return r.add(op, [a, b], {}, broadcast(op, left.shape, right.shape), dtype);
};

const binaryRow =
  (op: BinaryOp): Row =>
  (r, inputs) =>
    binary(r, op, r.idOf(at(inputs, 'a')), r.idOf(at(inputs, 'b')));

const filled =
  (value: number): Row =>
  (r, inputs) =>
    r.add('Fill', [], { value }, at(inputs, 'x').shape);

export const elementwise = {
  ...tabulate(UNARY, unaryRow),
  ...tabulate(BINARY, binaryRow),
  [tf.Identity]: (r, inputs) => r.idOf(at(inputs, 'x')),
  [tf.SquaredDifference]: (r, inputs) => {
    const difference = binary(r, 'Sub', r.idOf(at(inputs, 'a')), r.idOf(at(inputs, 'b')));
    return r.add('Square', [difference], {}, r.node(difference).shape);
  },
  [tf.AddN]: (r, inputs) =>
    list(inputs)
      .map((x) => r.idOf(x))
      .reduce((sum, x) => binary(r, 'Add', sum, x)),
  [tf.ClipByValue]: (r, inputs, attrs) => {
    const constant = (value: unknown): number => r.add('Fill', [], { value: Math.fround(value as number) }, []);
    const low = binary(r, 'Maximum', r.idOf(at(inputs, 'x')), constant(attrs.clipValueMin));
    return binary(r, 'Minimum', low, constant(attrs.clipValueMax));
  },
  [tf.Cast]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const dtype = attrs.dtype as DType;
    return x.dtype === dtype ? r.idOf(x) : r.add('Cast', [r.idOf(x)], {}, x.shape, dtype);
  },
  [tf.Select]: (r, inputs) => {
    const [condition, t, e] = [at(inputs, 'condition'), at(inputs, 't'), at(inputs, 'e')];
    return r.add('Select', [r.idOf(condition), r.idOf(t), r.idOf(e)], {}, t.shape, r.node(r.idOf(t)).dtype);
  },
  [tf.ZerosLike]: filled(0),
  [tf.OnesLike]: filled(1),
  [tf.Fill]: (r, _inputs, attrs) =>
    r.add('Fill', [], { value: Math.fround(attrs.value as number) }, attrs.shape as number[]),
} satisfies Partial<Record<Kernel, Row>>;
