/** Resizing images, and their adaptive average. */
import type * as tf from '@tensorflow/tfjs-core';
import { matrix, separable } from './separable.ts';

const bilinear = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => {
    const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(source), from - 1);
    const high = Math.min(low + 1, from - 1);
    return [
      [low, 1 - (source - low)],
      [high, source - low],
    ];
  });

const nearest = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => [[Math.min(Math.floor((i * from) / to), from - 1), 1]]);

const area = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => {
    const start = Math.floor((i * from) / to);
    const end = Math.ceil(((i + 1) * from) / to);
    return Array.from({ length: end - start }, (_, k) => [start + k, 1 / (end - start)] as [number, number]);
  });

/** Bilinear resize to [H', W'], half-pixel centres, no antialiasing (PyTorch interpolate, align_corners=false). */
export const resizeBilinear = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, bilinear(h, x.shape[2] as number), bilinear(w, x.shape[3] as number), [h, w]);

/** Nearest-neighbour resize, source = floor(destination * in / out). */
export const resizeNearest = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, nearest(h, x.shape[2] as number), nearest(w, x.shape[3] as number), [h, w]);

/** Area resize: PyTorch's adaptive average pooling. */
export const resizeArea = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, area(h, x.shape[2] as number), area(w, x.shape[3] as number), [h, w]);
