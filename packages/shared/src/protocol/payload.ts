/** The bytes of weights and updates on the wire. The cast comes after the defence, so what is sent is what the attacker sees. */
import protobuf from 'protobufjs';
import { isLeakscopeError, LeakscopeError, reasonOf } from '../errors.ts';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from '../half.ts';
import { fromLittleEndianBytes, littleEndianBytes, type NamedTensors, sizeOf, type Tensor } from '../tensors.ts';
import { type Entry, readEntries } from './entry.ts';
import { PROTOCOL_LIMITS, type ProtocolLimits } from './limits.ts';
import type { Encoding } from './message.ts';
import { PROTOCOL_PROTO } from './schema.ts';
import { gather, readBitmap, readIndices, scatter, supportOf, writeBitmap, writeIndices } from './support.ts';

const Tensors = protobuf.parse(PROTOCOL_PROTO).root.lookupType('leakscope.Tensors');

type Written = Omit<Entry, 'support'> & { support?: Uint8Array };

/** As numbered in the .proto. */
const FP32 = 0;
const FP16 = 1;
const BF16 = 2;
const BITMAP = 3;
const INDICES = 4;

/**
 * `fp32` and `sparse` keep every bit (sparse stores a tensor densely where that is shorter). `fp16` turns values below 2^-25
 * into false zeros, which an attacker that reads the support must know; it throws PROTOCOL_VALUE_OVERFLOW from 65520 on. `bf16` keeps 8 bits.
 */
export function encodeTensors(tensors: NamedTensors, encoding: Encoding): Uint8Array {
  const entries = Array.from(tensors, ([name, tensor]) => writers[encoding](name, tensor));
  return Tensors.encode(Tensors.fromObject({ tensors: entries })).finish();
}

/** How each encoding may number its tensors. */
const WRITES: Record<Encoding, readonly number[]> = {
  fp32: [FP32],
  fp16: [FP16],
  bf16: [BF16],
  sparse: [FP32, BITMAP, INDICES],
};

const writers: Record<Encoding, (name: string, tensor: Tensor) => Written> = {
  fp32: (name, { shape, data }) => ({ name, shape: [...shape], encoding: FP32, values: littleEndianBytes(data) }),
  fp16: (name, { shape, data }) => {
    const words = toHalf(data);
    const index = words.findIndex((word, i) => (word & 0x7fff) === 0x7c00 && Number.isFinite(data[i]));
    if (index >= 0) {
      throw new LeakscopeError('PROTOCOL_VALUE_OVERFLOW', {
        tensor: name,
        index,
        value: data[index] as number,
        encoding: 'fp16',
      });
    }
    return { name, shape: [...shape], encoding: FP16, values: wordBytes(words) };
  },
  bf16: (name, { shape, data }) => ({ name, shape: [...shape], encoding: BF16, values: wordBytes(toBfloat16(data)) }),
  sparse: (name, { shape, data }) => {
    const support = supportOf(data);
    const bitmap = Math.ceil(data.length / 8);
    const indices = 4 * support.length;
    if (4 * support.length + Math.min(bitmap, indices) >= 4 * data.length) return writers.fp32(name, { shape, data });
    return {
      name,
      shape: [...shape],
      encoding: bitmap <= indices ? BITMAP : INDICES,
      values: littleEndianBytes(gather(data, support)),
      support: bitmap <= indices ? writeBitmap(support, data.length) : writeIndices(support),
    };
  },
};

/**
 * Reads what `encodeTensors` wrote. Throws PROTOCOL_PAYLOAD_INVALID (names the tensor) or PROTOCOL_LIMIT_EXCEEDED.
 * Where `promised` is given, every tensor must be one
 * that this encoding writes. Never allocates more than `limits.values` float32 values and the payload itself. Values may be NaN: see `checkFinite`.
 */
export function decodeTensors(
  bytes: Uint8Array,
  limits: Pick<ProtocolLimits, 'tensors' | 'values'> = PROTOCOL_LIMITS,
  promised?: Encoding,
): NamedTensors {
  const result: NamedTensors = new Map();
  let total = 0;
  try {
    for (const entry of readEntries(bytes, limits)) {
      const { name, shape } = entry;
      if (name === '' || result.has(name)) throw invalid(name, 'its name is empty or taken');
      if (promised !== undefined && !WRITES[promised].includes(entry.encoding))
        throw invalid(name, `it is not written as ${promised}, which was promised`);
      const size = sizeOf(shape);
      total += size;
      // Written so that an overflow to infinity or NaN fails too.
      if (!(total <= limits.values)) {
        throw new LeakscopeError('PROTOCOL_LIMIT_EXCEEDED', { limit: 'values', value: total, maximum: limits.values });
      }
      result.set(name, { shape, data: readValues(entry, size) });
    }
  } catch (error) {
    throw isLeakscopeError(error) ? error : invalid('', reasonOf(error), error);
  }
  return result;
}

function readValues({ name, encoding, values, support }: Entry, size: number): Float32Array {
  const sparse = encoding === BITMAP || encoding === INDICES;
  const width = encoding === FP16 || encoding === BF16 ? 2 : 4;
  if (values.length % width !== 0) throw invalid(name, `${values.length} bytes are no whole number of values`);
  const count = values.length / width;
  if (!sparse && count !== size) throw invalid(name, `it has ${count} values, its shape says ${size}`);
  switch (encoding) {
    case FP32:
      return fromLittleEndianBytes(values);
    case FP16:
      return fromHalf(halfwords(values));
    case BF16:
      return fromBfloat16(halfwords(values));
    case BITMAP:
    case INDICES: {
      const at = (encoding === BITMAP ? readBitmap : readIndices)(support, size);
      if (at === undefined) throw invalid(name, 'its support is malformed');
      if (at.length !== count) throw invalid(name, `it has ${count} values for ${at.length} places`);
      return scatter(fromLittleEndianBytes(values), at, size);
    }
    default:
      throw invalid(name, `its encoding ${encoding} is unknown`);
  }
}

function halfwords(bytes: Uint8Array): Uint16Array {
  const words = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8);
  return words;
}

function wordBytes(words: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * words.length);
  words.forEach((word, i) => {
    bytes[2 * i] = word;
    bytes[2 * i + 1] = word >>> 8;
  });
  return bytes;
}

function invalid(tensor: string, reason: string, cause?: unknown): LeakscopeError {
  return new LeakscopeError('PROTOCOL_PAYLOAD_INVALID', { tensor, reason, ...(cause === undefined ? {} : { cause }) });
}
