/** Pooling over images. */
import * as tf from '@tensorflow/tfjs-core';
import { outputSize } from '../kernels/conv2d.ts';
import { maxPoolWithPositions, type PoolGeometry } from '../kernels/max-pool2d.ts';
import { requireRank } from './require-rank.ts';
import { matrix, separable } from './separable.ts';

/** Max pooling over square windows of `x` [N, C, H, W]; padding is minus infinity, ties go to the first position. */
export function maxPool2d(x: tf.Tensor, geometry: PoolGeometry): tf.Tensor {
  requireRank('maxPool2d', x, 4);
  return maxPoolWithPositions(x, geometry)[0];
}

/** Mean over height and width: [N, C, H, W] to [N, C]. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor {
  requireRank('globalAveragePool', x, 4);
  return tf.mean(x, [2, 3]);
}

/** Average pooling over square windows without padding; a last incomplete window is dropped. */
export function averagePool2d(x: tf.Tensor, { size, stride = size }: { size: number; stride?: number }): tf.Tensor {
  requireRank('averagePool2d', x, 4);
  const window = (from: number): [number, Float32Array] => {
    const to = outputSize(from, size, stride, 0);
    return [to, matrix(to, from, (i) => Array.from({ length: size }, (_, k) => [i * stride + k, 1 / size]))];
  };
  const [height, rows] = window(x.shape[2] as number);
  const [width, columns] = window(x.shape[3] as number);
  return separable(x, rows, columns, [height, width]);
}
