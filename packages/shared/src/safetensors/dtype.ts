/** The number formats of safetensors files, to and from float32. */
import { LeakscopeError } from '../errors.ts';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from '../half.ts';
import { fromLittleEndianBytes, littleEndianBytes } from '../tensors.ts';

/** Formats that we write, with their bytes a value. */
export const WRITTEN_DTYPES = { F32: 4, F16: 2, BF16: 2 } as const;
export type WrittenDtype = keyof typeof WRITTEN_DTYPES;

/** Formats that we read: what PyTorch writes for weights and step counters. */
const DTYPES = {
  ...WRITTEN_DTYPES,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;
export type Dtype = keyof typeof DTYPES;

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(DTYPES, name);
}

/** Bytes a value. */
export function widthOf(dtype: Dtype): number {
  return DTYPES[dtype];
}

/** Little-endian bytes as float32; wider formats are rounded. */
export function readValues(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = (): Uint16Array =>
    Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
  const each = (read: (at: number) => number): Float32Array =>
    Float32Array.from({ length: bytes.length / DTYPES[dtype] }, (_, i) => read(DTYPES[dtype] * i));
  switch (dtype) {
    case 'F32':
      return fromLittleEndianBytes(bytes);
    case 'F16':
      return fromHalf(words());
    case 'BF16':
      return fromBfloat16(words());
    case 'F64':
      return each((at) => view.getFloat64(at, true));
    case 'I64':
      return each((at) => Number(view.getBigInt64(at, true)));
    case 'I32':
      return each((at) => view.getInt32(at, true));
    case 'I16':
      return each((at) => view.getInt16(at, true));
    case 'I8':
      return each((at) => view.getInt8(at));
    case 'U8':
    case 'BOOL':
      return each((at) => view.getUint8(at));
    default:
      return dtype satisfies never;
  }
}

/** float32 as little-endian bytes. @throws TENSORS_OVERFLOW where a finite value would become infinite */
export function writeValues(dtype: WrittenDtype, name: string, data: Float32Array): Uint8Array {
  if (dtype === 'F32') return littleEndianBytes(data);
  const words = dtype === 'F16' ? toHalf(data) : toBfloat16(data);
  const infinity = dtype === 'F16' ? 0x7c00 : 0x7f80;
  const index = words.findIndex((word, i) => (word & 0x7fff) === infinity && Number.isFinite(data[i]));
  if (index >= 0) {
    throw new LeakscopeError('TENSORS_OVERFLOW', { tensor: name, index, value: data[index] as number, dtype });
  }
  const bytes = new Uint8Array(2 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setUint16(2 * i, word, true);
  });
  return bytes;
}
