/** safetensors files: named tensors with metadata, read strictly and written atomically. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from './atomic.ts';
import { LeakscopeError, reasonOf } from './errors.ts';
import { readValues, WRITTEN_DTYPES, type WrittenDtype, writeValues } from './safetensors/dtype.ts';
import { type HeaderEntry, METADATA, parseHeader } from './safetensors/header.ts';
import { checkFinite, type NamedTensors, sizeOf } from './tensors.ts';

interface ReadOptions {
  /** Accept NaN and infinities. Default false: the first one is TENSORS_NOT_FINITE. */
  readonly allowNaN?: boolean;
  /** What errors call the bytes. Default: the path, or `safetensors data`. */
  readonly source?: string;
}

interface WriteOptions {
  /** Default F32, which keeps every bit. */
  readonly dtype?: WrittenDtype;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface SafetensorsContent {
  /** In the order of the header; every dtype converted to float32. */
  readonly tensors: NamedTensors;
  readonly metadata: Record<string, string>;
}

/** Length of the field that holds the header's length. */
const PREFIX = 8;

/**
 * Reads a file, or bytes already in memory.
 * @throws TENSORS_FILE_UNREADABLE, TENSORS_FILE_INVALID, TENSORS_NOT_FINITE
 */
export async function readSafetensors(
  source: string | Uint8Array,
  options: ReadOptions = {},
): Promise<SafetensorsContent> {
  if (typeof source !== 'string') return decodeSafetensors(source, options);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(source);
  } catch (cause) {
    throw new LeakscopeError('TENSORS_FILE_UNREADABLE', { path: source, reason: reasonOf(cause), cause });
  }
  return decodeSafetensors(bytes, { source, ...options });
}

/**
 * Decodes bytes. The header must describe them exactly: every byte belongs to one tensor, and sizes match shapes.
 * @throws TENSORS_FILE_INVALID, TENSORS_NOT_FINITE
 */
export function decodeSafetensors(bytes: Uint8Array, options: ReadOptions = {}): SafetensorsContent {
  const { allowNaN = false, source = 'safetensors data' } = options;
  const invalid = (reason: string, cause?: unknown): LeakscopeError =>
    new LeakscopeError('TENSORS_FILE_INVALID', { path: source, reason, cause });
  if (bytes.length < PREFIX) throw invalid(`it has ${bytes.length} bytes, too few for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const body = bytes.subarray(PREFIX);
  if (length > body.length)
    throw invalid(`its header claims ${length} bytes, the file has ${body.length} after it begins`);
  const { entries, metadata } = parseHeader(body.subarray(0, length), body.length - length, invalid);
  const data = body.subarray(length);
  const tensors: NamedTensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      { shape, data: readValues(dtype, data.subarray(begin, end)) },
    ]),
  );
  if (!allowNaN) checkFinite(tensors);
  return { tensors, metadata };
}

/** @throws TENSORS_OVERFLOW (a finite value beyond F16), TENSORS_SHAPE_MISMATCH, TENSORS_FILE_INVALID (a reserved name) */
export function encodeSafetensors(tensors: NamedTensors, { dtype = 'F32', metadata }: WriteOptions = {}): Uint8Array {
  const width = WRITTEN_DTYPES[dtype];
  const header: Record<string, unknown> = metadata === undefined ? {} : { [METADATA]: metadata };
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA)
      throw new LeakscopeError('TENSORS_FILE_INVALID', { path: name, reason: 'the name is reserved' });
    if (data.length !== sizeOf(shape)) {
      throw new LeakscopeError('TENSORS_SHAPE_MISMATCH', { tensor: name, expected: shape, actual: [data.length] });
    }
    const begin = end;
    end += width * data.length;
    const entry: Omit<HeaderEntry, 'name' | 'begin' | 'end'> & { data_offsets: [number, number] } = {
      dtype,
      shape,
      data_offsets: [begin, end],
    };
    Object.defineProperty(header, name, { value: entry, enumerable: true });
  }
  const json = Buffer.from(JSON.stringify(header));
  // The reference implementation pads with spaces, so that the data is aligned.
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX + padded + end).fill(0x20, PREFIX, PREFIX + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, PREFIX);
  let at = PREFIX + padded;
  for (const [name, { data }] of tensors) {
    const values = writeValues(dtype, name, data);
    bytes.set(values, at);
    at += values.length;
  }
  return bytes;
}

/** Writes a file at once or not at all; its folder is made where it is missing. @throws as `encodeSafetensors` */
export async function writeSafetensors(path: string, tensors: NamedTensors, options: WriteOptions = {}): Promise<void> {
  await writeFileAtomically(path, encodeSafetensors(tensors, options));
}
