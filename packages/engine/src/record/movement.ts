/** Kernels that move values about: views, slices, padding, concatenation. */
import * as tf from '@tensorflow/tfjs-core';
import { type Shape, sizeOf } from '../graph/graph.ts';
import type { Kernel } from '../kernels/names.ts';
import type { Recording } from './recorder.ts';
import { at, list, type Row, view } from './row.ts';

const slice = (r: Recording, id: number, begin: readonly number[], shape: Shape): number =>
  r.add('Slice', [id], { begin }, shape, r.node(id).dtype);

/** The pieces of a tensor along an axis, each a slice. */
function pieces(r: Recording, id: number, axis: number, sizes: readonly number[]): number[] {
  const { shape } = r.node(id);
  let start = 0;
  return sizes.map((size) => {
    const begin = shape.map((_, i) => (i === axis ? start : 0));
    start += size;
    return slice(
      r,
      id,
      begin,
      shape.map((length, i) => (i === axis ? size : length)),
    );
  });
}

export const movement = {
  [tf.Reshape]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    return view(r, r.idOf(x), tf.util.inferFromImplicitShape(attrs.shape as number[], sizeOf(x.shape)));
  },
  [tf.ExpandDims]: (r, inputs, attrs) => {
    const x = at(inputs, 'input');
    const axis = attrs.dim as number;
    const shape = [...x.shape];
    shape.splice(axis < 0 ? x.shape.length + axis + 1 : axis, 0, 1);
    return view(r, r.idOf(x), shape);
  },
  [tf.BroadcastTo]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    return r.add('BroadcastTo', [r.idOf(x)], {}, attrs.shape as number[], r.node(r.idOf(x)).dtype);
  },
  [tf.Transpose]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const perm = attrs.perm as number[];
    return r.add(
      'Transpose',
      [r.idOf(x)],
      { perm },
      perm.map((axis) => x.shape[axis] as number),
      r.node(r.idOf(x)).dtype,
    );
  },
  [tf.Slice]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const [begin, size] = tf.slice_util.parseSliceParams(
      x as tf.Tensor,
      attrs.begin as number[],
      attrs.size as number[],
    );
    return slice(r, r.idOf(x), begin as number[], size as number[]);
  },
  [tf.PadV2]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const paddings = attrs.paddings as [number, number][];
    const before = paddings.map(([first]) => first);
    const after = paddings.map(([, last]) => last);
    const shape = x.shape.map((size, i) => size + (before[i] as number) + (after[i] as number));
    return r.add('Pad', [r.idOf(x)], { before, after, value: attrs.constantValue as number }, shape);
  },
  [tf.Concat]: (r, inputs, attrs) => {
    const tensors = list(inputs);
    const first = tensors[0] as tf.TensorInfo;
    const axis = tf.util.parseAxisParam(attrs.axis as number, first.shape)[0] as number;
    const total = tensors.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
    return r.add(
      'Concat',
      tensors.map((x) => r.idOf(x)),
      { axis },
      first.shape.map((size, i) => (i === axis ? total : size)),
    );
  },
  [tf.Pack]: (r, inputs, attrs) => {
    const tensors = list(inputs);
    const { shape } = tensors[0] as tf.TensorInfo;
    const axis = attrs.axis as number;
    const single = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
    const views = tensors.map((x) => view(r, r.idOf(x), single));
    return r.add(
      'Concat',
      views,
      { axis },
      single.map((size, i) => (i === axis ? tensors.length : size)),
    );
  },
  [tf.Unpack]: (r, inputs, attrs) => {
    const x = at(inputs, 'value');
    const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0] as number;
    const count = x.shape[axis] as number;
    const shape = x.shape.filter((_, i) => i !== axis);
    return pieces(r, r.idOf(x), axis, new Array<number>(count).fill(1)).map((id) => view(r, id, shape));
  },
  [tf.SplitV]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0] as number;
    const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number[], axis);
    return pieces(r, r.idOf(x), axis, sizes);
  },
  [tf.Tile]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const reps = attrs.reps as number[];
    return r.add(
      'Tile',
      [r.idOf(x)],
      { reps },
      x.shape.map((size, i) => size * (reps[i] as number)),
    );
  },
  [tf.Reverse]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    return r.add('Reverse', [r.idOf(x)], { axes: tf.util.parseAxisParam(attrs.dims as number[], x.shape) }, x.shape);
  },
} satisfies Partial<Record<Kernel, Row>>;
