/** Gradients of kernels that move values about. */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsKernel } from '../kernels/names.ts';
import { type Dy, type Row, unary, unbroadcast } from './row.ts';

export const movement = {
  [tf.Reshape]: unary((dy, x) => tf.reshape(dy, x.shape)),
  [tf.ExpandDims]: {
    inputsToSave: ['input'],
    gradFunc: (dy, [input]) => ({ input: () => tf.reshape(dy as Dy, (input as tf.Tensor).shape) }),
  },
  [tf.Transpose]: unary((dy, _x, { perm }) => {
    const inverse = (perm as number[]).map((_, axis) => (perm as number[]).indexOf(axis));
    return tf.transpose(dy, inverse);
  }),
  [tf.Reverse]: unary((dy, _x, { dims }) => tf.reverse(dy, dims as number[])),
  [tf.Slice]: unary((dy, x, { begin, size }) => {
    const from = begin as number[];
    const sizes = size as number[];
    const pads = x.shape.map((length, i) => {
      const taken = (sizes[i] as number) === -1 ? length - (from[i] as number) : (sizes[i] as number);
      return [from[i] as number, length - (from[i] as number) - taken] as [number, number];
    });
    return tf.pad(dy, pads);
  }),
  [tf.PadV2]: unary((dy, x, { paddings }) =>
    tf.slice(
      dy,
      (paddings as [number, number][]).map(([before]) => before),
      x.shape,
    ),
  ),
  [tf.Tile]: unary((dy, x, { reps }) => {
    // [r0 d0, r1 d1, ...] viewed as [r0, d0, r1, d1, ...] and summed over the repetitions.
    const view = x.shape.flatMap((size, i) => [(reps as number[])[i] as number, size]);
    return tf.reshape(
      tf.sum(
        tf.reshape(dy, view),
        x.shape.map((_, i) => 2 * i),
      ),
      x.shape,
    );
  }),
  [tf.BroadcastTo]: unary((dy, x) => unbroadcast(dy, x.shape)),
  [tf.Concat]: {
    saveAllInputs: true,
    gradFunc: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, (saved[0] as tf.Tensor).shape)[0] as number;
      const pieces = tf.split(
        dy as Dy,
        saved.map((x) => x.shape[along] as number),
        along,
      );
      return Object.fromEntries(pieces.map((piece, i) => [i, () => piece]));
    },
  },
  [tf.SplitV]: {
    gradFunc: (dy, _saved, { axis }) => ({ x: () => tf.concat(dy as tf.Tensor[], axis as number) }),
  },
  [tf.Pack]: {
    saveAllInputs: true,
    gradFunc: (dy, _saved, { axis }) => {
      const pieces = tf.unstack(dy as Dy, axis as number);
      return Object.fromEntries(pieces.map((piece, i) => [i, () => piece]));
    },
  },
  [tf.Unpack]: {
    gradFunc: (dy, _saved, { axis }) => ({ value: () => tf.stack(dy as tf.Tensor[], axis as number) }),
  },
} satisfies Partial<Record<TfjsKernel, Row>>;
