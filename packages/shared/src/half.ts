/** float16 and bfloat16 as 16-bit words, rounded to nearest, ties to even. */

const HALF_OVERFLOW = 0x477ff000; // 65520, the least float32 that rounds to infinity

/** Applies `convert` to the bits of each value; a plain loop, because updates have eleven million values. */
function convertWords(values: Float32Array, convert: (word: number) => number): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) result[i] = convert(words[i] as number);
  return result;
}

/** float32 to IEEE float16. Below 2^-25 becomes a (false) zero, from 65520 on infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  return convertWords(values, halfWord);
}

function halfWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= HALF_OVERFLOW) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // 2^-14 and above: a normal number. Moving the exponent's bias and rounding may carry into the exponent, as it should.
    const moved = magnitude - 0x38000000;
    return sign | ((moved + 0xfff + ((moved >>> 13) & 1)) >>> 13);
  }
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign;
  // Subnormal: the significand in units of 2^-24.
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const quotient = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (quotient + (rest > middle || (rest === middle && (quotient & 1) === 1) ? 1 : 0));
}

let halves: Float32Array | undefined;

/** IEEE float16 to float32: exact. */
export function fromHalf(halfWords: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, word) => halfValue(word));
  const result = new Float32Array(halfWords.length);
  for (let i = 0; i < result.length; i++) result[i] = halves[halfWords[i] as number] as number;
  return result;
}

function halfValue(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >>> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float32 to bfloat16: 8 bits of significand, the range of float32. */
export function toBfloat16(values: Float32Array): Uint16Array {
  return convertWords(values, (word) =>
    (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
  );
}

/** bfloat16 to float32: exact. */
export function fromBfloat16(bfloatWords: Uint16Array): Float32Array {
  const result = new Uint32Array(bfloatWords.length);
  for (let i = 0; i < result.length; i++) result[i] = (bfloatWords[i] as number) << 16;
  return new Float32Array(result.buffer);
}
