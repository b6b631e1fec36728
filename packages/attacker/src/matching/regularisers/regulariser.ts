/** The contract of a regulariser: what is added to the distance of gradients, so that a search stays where images are plausible. */
import type * as tf from '@leakscope/engine/tf';
import { defined } from '@leakscope/shared/module';
import { z } from 'zod';
import type { Part } from '../../contract/part.ts';

/** What goes into one batch norm of the victim model, and the statistics that it keeps of that. */
export interface NormInput {
  /** [N, C, batch × positions]: of each candidate, all that a channel sees. */
  readonly input: tf.Tensor;
  /** Running statistics, [C]. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** What a regulariser adds: weight x value, over the images of each candidate. */
export type Penalty<P = Readonly<Record<string, unknown>>> = {
  weight(params: P): number;
} & (
  | {
      /** What `value` is given: latents [images, k] as they are searched, or images [images, C, H, W] in [-1, 1]. */
      readonly of: 'latents' | 'images';
      /** Of each image, [images]. */
      value(x: tf.Tensor, params: P): tf.Tensor;
    }
  | {
      /** Every batch norm's, in the order of the forward pass; none where the model has none. */
      readonly of: 'norm-inputs';
      /** Of each candidate, [N]. */
      value(norms: readonly NormInput[], params: P): tf.Tensor;
    }
);

export interface Regulariser<P = Readonly<Record<string, unknown>>> extends Part {
  readonly kind: 'regulariser';
  /** Absent in the one that adds nothing. A penalty of latents adds nothing where pixels are searched. */
  readonly penalty?: Penalty<P>;
}

/** The parameter of all that add something. */
export const regulariserWeight = z.number().nonnegative().default(0.01);

/** Types a regulariser by its parameter schema. */
export const defineRegulariser = <S extends z.ZodObject>(
  regulariser: Omit<Regulariser<z.output<S>>, 'kind' | 'params'> & { readonly params: S },
): Regulariser<z.output<S>> & { readonly params: S } => defined('regulariser', regulariser);
