/** The fixture's tensors, rebuilt from an integer hash of (salt, k, index): nothing but numbers crosses from PyTorch. */
import { sizeOf, type Tensor } from '@leakscope/shared/tensors';

const SQRT12 = Math.sqrt(12);

/** `lin`: mean + std u sqrt(12), so that std is the standard deviation. `var`: in [1, 1.25]. `img`: in (-1, 1). */
export interface TensorRule {
  readonly kind?: 'lin' | 'var' | 'img';
  readonly std?: number;
  readonly mean?: number;
}

/** A bijection of 32-bit integers in which every input bit reaches every output bit. */
export function mix32(x: number): number {
  let bits = x >>> 0;
  bits ^= bits >>> 16;
  bits = Math.imul(bits, 0x7feb352d);
  bits ^= bits >>> 15;
  bits = Math.imul(bits, 0x846ca68b);
  bits ^= bits >>> 16;
  return bits >>> 0;
}

/** The draws of tensor `k`: index -> uniform in [-0.5, 0.5). */
export function uniform(k: number, salt: number): (index: number) => number {
  const base = mix32((Math.imul(k, 0x9e3779b9) + salt) >>> 0);
  return (index) => mix32((index + base) >>> 0) / 2 ** 32 - 0.5;
}

/** Tensor `k` of the fixture with this salt, in float32. */
export function hashTensor(k: number, salt: number, shape: readonly number[], rule: TensorRule = {}): Tensor {
  const { kind = 'lin', std = 1, mean = 0 } = rule;
  const u = uniform(k, salt);
  const value = {
    lin: (i: number) => mean + u(i) * SQRT12 * std,
    var: (i: number) => 1 + 0.5 * Math.abs(u(i)),
    img: (i: number) => Math.tanh(2 * u(i) * SQRT12),
  }[kind];
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  return { shape, data };
}
