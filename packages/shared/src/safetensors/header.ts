/** The header of a safetensors file: JSON that must account for every byte of the data behind it, since files come from strangers. */
import type { LeakscopeError } from '../errors.ts';
import { sizeOf } from '../tensors.ts';
import { type Dtype, isDtype, widthOf } from './dtype.ts';

/** The one key that names no tensor. */
export const METADATA = '__metadata__';

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, relative to the data. */
  readonly begin: number;
  /** Byte after the last. */
  readonly end: number;
}

interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
}

type Invalid = (reason: string, cause?: unknown) => LeakscopeError;

/** As the reference implementation has it: no model's header comes near. */
const LONGEST_HEADER = 100_000_000;
const GREATEST_RANK = 32;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Reads a header over `dataLength` bytes; throws what `invalid` makes of the first fault. */
export function parseHeader(bytes: Uint8Array, dataLength: number, invalid: Invalid): Header {
  if (bytes.length > LONGEST_HEADER) throw invalid(`its header has ${bytes.length} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('its header is no JSON', cause);
  }
  if (!isObject(json)) throw invalid('its header is no JSON object');
  const { [METADATA]: metadata = {}, ...rest } = json;
  const entries = Object.entries(rest).map(([name, value]) => parseEntry(name, value, invalid));
  checkCoverage(entries, dataLength, invalid);
  return { entries, metadata: parseMetadata(metadata, invalid) };
}

function parseMetadata(metadata: unknown, invalid: Invalid): Record<string, string> {
  if (!isObject(metadata)) throw invalid('its metadata is no object');
  const pairs = Object.entries(metadata).map(([key, value]): [string, string] => {
    if (typeof value !== 'string') throw invalid(`its metadata ${JSON.stringify(key)} is no text`);
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: unknown, invalid: Invalid): HeaderEntry {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!isObject(value)) throw invalid(`${tensor} is no object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) throw invalid(`${tensor} has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || shape.length > GREATEST_RANK || !shape.every(isCount)) {
    throw invalid(`${tensor} has the shape ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw invalid(`${tensor} has the offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = sizeOf(shape) * widthOf(dtype);
  if (end - begin !== bytes) {
    throw invalid(`${tensor} of shape [${shape}] needs ${bytes} bytes, its offsets hold ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must lie end to end over the whole data: no overlap, no hole, nothing hidden behind them. */
function checkCoverage(entries: readonly HeaderEntry[], dataLength: number, invalid: Invalid): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw invalid(`tensor ${JSON.stringify(name)} begins at byte ${begin}, the one before it ends at ${covered}`);
    }
    covered = end;
  }
  if (covered !== dataLength) throw invalid(`its tensors need ${covered} bytes, the file holds ${dataLength}`);
}
