/** A case of the conformance suite: a function of tensors that is differentiated twice. */
import type * as tf from '../../tf.ts';

export interface OpCase {
  name: string;
  /** Shapes of the operands; all of them are differentiated. */
  operands: readonly (readonly number[])[];
  f: (...operands: tf.Tensor[]) => tf.Tensor;
  /** Where operands are drawn: N(0, 1), or (0.5, 2) for functions of positive numbers. */
  domain?: 'normal' | 'positive';
  /** Piecewise functions are not checked by finite differences, which may step over a kink. */
  smooth?: boolean;
}

export const V = [3, 7];

export const IMAGE = [2, 3, 9, 8];

export const unary = (name: string, f: (x: tf.Tensor) => tf.Tensor, rest: Partial<OpCase> = {}): OpCase => ({
  name,
  operands: [V],
  f: (x) => f(x as tf.Tensor),
  ...rest,
});

export const binary = (
  name: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  rest: Partial<OpCase> = {},
): OpCase[] => [
  { name, operands: [V, V], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
  { name: `${name} (row)`, operands: [V, [7]], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
  { name: `${name} (column)`, operands: [[3, 1], V], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
];

export const kinked = { smooth: false } as const;

export const positive = { domain: 'positive' } as const;
