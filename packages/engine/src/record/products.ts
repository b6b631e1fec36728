/** Matrix products, convolutions, and pooling with its gradients. */
import * as tf from '@tensorflow/tfjs-core';
import type { Attributes } from '../graph/graph.ts';
import { matMulShape } from '../graph/shapes.ts';
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
import type { Kernel } from '../kernels/names.ts';
import { at, type Row } from './row.ts';

const convRow =
  (op: 'Conv2d' | 'Conv2dInputGrad' | 'Conv2dFilterGrad', shape: (g: Conv2dGeometry) => number[]): Row =>
  (r, inputs, attrs) =>
    r.add(
      op,
      [r.idOf(at(inputs, 'a')), r.idOf(at(inputs, 'b'))],
      attrs as Attributes,
      shape(attrs as unknown as Conv2dGeometry),
    );

export const products = {
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
} satisfies Partial<Record<Kernel, Row>>;
