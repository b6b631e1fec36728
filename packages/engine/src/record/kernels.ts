/** The recorder's kernels: what each tfjs kernel appends to the graph, one row a kernel. */

import { LeakscopeError } from '@leakscope/shared/errors';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Attributes,
  BINARY,
  type BinaryOp,
  COMPARISONS,
  type DType,
  type Shape,
  sizeOf,
  UNARY,
  type UnaryOp,
} from '../graph/graph.ts';
import { broadcast, matMulShape, reduced } from '../graph/shapes.ts';
import {
  Conv2d,
  Conv2dFilterGrad,
  type Conv2dGeometry,
  Conv2dInputGrad,
  filterShape,
  inputShape,
  outputShape,
} from '../kernels/conv2d.ts';
import { MaxPool2d, type PoolGeometry, PutAt, TakeAt } from '../kernels/max-pool2d.ts';
import { RECORDER, type Recording, recording } from './recorder.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attrs = Readonly<Record<string, unknown>>;
type Row = (r: Recording, inputs: Inputs, attrs: Attrs) => number | number[];

const GIVES_TRUTH: ReadonlySet<BinaryOp> = new Set(COMPARISONS);

const at = (inputs: Inputs, name: string): tf.TensorInfo => {
  const tensor = inputs[name];
  if (tensor === undefined) throw new LeakscopeError('ENGINE_INTERNAL', { reason: `kernel input ${name} is missing` });
  return tensor;
};

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

const view = (r: Recording, id: number, shape: Shape): number => r.add('Reshape', [id], {}, shape, r.node(id).dtype);

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

const list = (inputs: Inputs): tf.TensorInfo[] => inputs as unknown as tf.TensorInfo[];

const convRow =
  (op: 'Conv2d' | 'Conv2dInputGrad' | 'Conv2dFilterGrad', shape: (g: Conv2dGeometry) => number[]): Row =>
  (r, inputs, attrs) =>
    r.add(
      op,
      [r.idOf(at(inputs, 'a')), r.idOf(at(inputs, 'b'))],
      attrs as Attributes,
      shape(attrs as unknown as Conv2dGeometry),
    );

const filled =
  (value: number): Row =>
  (r, inputs) =>
    r.add('Fill', [], { value }, at(inputs, 'x').shape);

const rows: Record<string, Row> = {
  ...Object.fromEntries(UNARY.map((op) => [op, unaryRow(op)])),
  ...Object.fromEntries(BINARY.map((op) => [op, binaryRow(op)])),
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
  [tf.BatchMatMul]: (r, inputs, attrs) => {
    const [a, b] = [at(inputs, 'a'), at(inputs, 'b')];
    const flags = { transposeA: attrs.transposeA === true, transposeB: attrs.transposeB === true };
    const shape = matMulShape(a.shape, b.shape, flags.transposeA, flags.transposeB);
    return r.add('MatMul', [r.idOf(a), r.idOf(b)], flags, shape);
  },
  [Conv2d]: convRow('Conv2d', outputShape),
  [Conv2dInputGrad]: convRow('Conv2dInputGrad', inputShape),
  [Conv2dFilterGrad]: convRow('Conv2dFilterGrad', filterShape),
  [MaxPool2d]: (r, inputs, attrs) => {
    const x = at(inputs, 'x');
    const { size, stride, padding } = attrs as unknown as PoolGeometry;
    const pooled = x.shape.map((length, axis) =>
      axis < 2 ? length : Math.floor((length + 2 * padding - size) / stride) + 1,
    );
    const geometry: Attributes = { size, stride, padding };
    return [
      r.add('MaxPool2d', [r.idOf(x)], geometry, pooled),
      r.add('MaxPool2dPositions', [r.idOf(x)], geometry, pooled, 'int32'),
    ];
  },
  [TakeAt]: (r, inputs) => {
    const positions = at(inputs, 'positions');
    return r.add('TakeAt', [r.idOf(at(inputs, 'x')), r.idOf(positions)], {}, positions.shape);
  },
  [PutAt]: (r, inputs, attrs) =>
    r.add('PutAt', [r.idOf(at(inputs, 'x')), r.idOf(at(inputs, 'positions'))], {}, attrs.shape as number[]),
};

for (const [kernelName, row] of Object.entries(rows)) {
  tf.registerKernel({
    kernelName,
    backendName: RECORDER,
    kernelFunc: ({ inputs, attrs }) => {
      const r = recording();
      const ids = row(r, inputs as Inputs, (attrs ?? {}) as Attrs);
      return Array.isArray(ids) ? ids.map((id) => r.handle(id)) : r.handle(ids);
    },
  });
}

/** tfjs kernels that can be recorded; any other is an ENGINE_OP_UNSUPPORTED error. */
export const recordableKernels: ReadonlySet<string> = new Set(Object.keys(rows));
