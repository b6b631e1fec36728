/** Which values of a tensor are stored: every one whose bits are not all zero, so that -0 survives too. */

/** Ascending positions of the values that are not +0. */
export function supportOf(data: Float32Array): Uint32Array {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let count = 0;
  for (const word of words) if (word !== 0) count++;
  const support = new Uint32Array(count);
  let next = 0;
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) support[next++] = i;
  return support;
}

/** The values at `support`. */
export function gather(data: Float32Array, support: Uint32Array): Float32Array {
  const values = new Float32Array(support.length);
  for (let k = 0; k < support.length; k++) values[k] = data[support[k] as number] as number;
  return values;
}

/** `size` zeros with `values` at `support`. */
export function scatter(values: Float32Array, support: Uint32Array, size: number): Float32Array {
  const data = new Float32Array(size);
  for (let k = 0; k < support.length; k++) data[support[k] as number] = values[k] as number;
  return data;
}

/** One bit a value: bit i % 8 of byte i / 8. */
export function writeBitmap(support: Uint32Array, size: number): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(size / 8));
  for (const i of support) bitmap[i >>> 3] = (bitmap[i >>> 3] as number) | (1 << (i & 7));
  return bitmap;
}

/** Undefined where the bitmap is of another length or marks places after the last. */
export function readBitmap(bitmap: Uint8Array, size: number): Uint32Array | undefined {
  if (bitmap.length !== Math.ceil(size / 8)) return undefined;
  if (size % 8 !== 0 && (bitmap.at(-1) as number) >>> (size % 8) !== 0) return undefined;
  let count = 0;
  for (let byte of bitmap) for (; byte !== 0; byte &= byte - 1) count++;
  const support = new Uint32Array(count);
  let next = 0;
  for (let i = 0; i < size; i++) if (((bitmap[i >>> 3] as number) >>> (i & 7)) & 1) support[next++] = i;
  return support;
}

/** Little-endian uint32 each. */
export function writeIndices(support: Uint32Array): Uint8Array {
  const bytes = Buffer.alloc(4 * support.length);
  support.forEach((i, k) => {
    bytes.writeUInt32LE(i, 4 * k);
  });
  return bytes;
}

/** Undefined unless ascending and below `size`. */
export function readIndices(bytes: Uint8Array, size: number): Uint32Array | undefined {
  if (bytes.length % 4 !== 0 || bytes.length > 4 * size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const support = new Uint32Array(bytes.length / 4);
  let previous = -1;
  for (let k = 0; k < support.length; k++) {
    const i = view.getUint32(4 * k, true);
    if (i <= previous || i >= size) return undefined;
    support[k] = i;
    previous = i;
  }
  return support;
}
