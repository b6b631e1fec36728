/** Cases of matrix products. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import type { OpCase } from './op-case.ts';

const matMul = (name: string, a: number[], b: number[], ta = false, tb = false): OpCase => ({
  name: `matMul ${name}`,
  operands: [a, b],
  f: (x, y) => tf.matMul(x as tf.Tensor, y as tf.Tensor, ta, tb),
});

export const products: OpCase[] = [
  matMul('nn', [3, 5], [5, 4]),
  matMul('tn', [5, 3], [5, 4], true),
  matMul('nt', [3, 5], [4, 5], false, true),
  matMul('tt', [5, 3], [4, 5], true, true),
  matMul('batched nt', [2, 3, 5], [2, 4, 5], false, true),
  matMul('batched tn', [2, 5, 3], [2, 5, 4], true),
  { name: 'linear', operands: [[3, 5], [4, 5], [4]], f: (x, w, b) => ops.linear(x as tf.Tensor, w as tf.Tensor, b) },
];
