import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts';
import type { NamedTensors } from './tensors.ts';

/** A file out of a header and data, however wrong. */
function file(header: unknown, data: Uint8Array = new Uint8Array(), claimed?: bigint): Uint8Array {
  const json =
    header instanceof Uint8Array ? header : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return new Uint8Array(Buffer.concat([prefix, json, data]));
}

const bytes = (n: number): Uint8Array => new Uint8Array(n);
const f32 = (shape: number[], begin: number, end: number): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});
const invalid = (reason: string | RegExp): object =>
  expect.objectContaining({ code: 'TENSORS_FILE_INVALID', message: expect.stringMatching(reason) });

describe('round trips', () => {
  const tensors = fc.uniqueArray(
    fc.tuple(
      fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__'),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    ),
    { selector: ([name]) => name },
  );

  test('any names, shapes, bits and metadata come back', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), fc.gen(), (specs, metadata, draw) => {
        const original: NamedTensors = new Map(
          specs.map(([name, shape]) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return [name, { shape, data: draw(() => fc.float32Array({ minLength: size, maxLength: size })) }];
          }),
        );
        const { tensors: back, metadata: notes } = decodeSafetensors(encodeSafetensors(original, { metadata }), {
          allowNaN: true,
        });
        expect([...back.keys()].sort()).toEqual([...original.keys()].sort());
        for (const [name, { shape, data }] of original) expect(back.get(name)).toEqual({ shape, data });
        expect(Object.entries(notes)).toEqual(Object.entries(metadata));
      }),
      { numRuns: 50 },
    );
  });

  test('the layout is that of the reference implementation', () => {
    const encoded = encodeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]));
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(Buffer.from(encoded.subarray(8, 8 + padded.length)).toString()).toBe(padded);
    expect([...encoded.subarray(0, 8)]).toEqual([padded.length, 0, 0, 0, 0, 0, 0, 0]);
    expect([...encoded.subarray(8 + padded.length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  test.each([
    ['F16', 2 ** -11],
    ['BF16', 2 ** -8],
  ] as const)('%s rounds to a relative %d', (dtype, relative) => {
    const data = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i + 1));
    const encoded = encodeSafetensors(new Map([['a', { shape: [10, 100], data }]]), { dtype });
    const back = decodeSafetensors(encoded).tensors.get('a')?.data ?? new Float32Array();
    data.forEach((value, i) => {
      expect(Math.abs((back[i] as number) - value)).toBeLessThanOrEqual(relative * Math.abs(value) + 2 ** -25);
    });
    expect(back).not.toEqual(data);
  });

  test("PyTorch's other formats are read as numbers", () => {
    const data = Buffer.alloc(8 + 8 + 4 + 2 + 1 + 1);
    data.writeBigInt64LE(-3n, 0);
    data.writeDoubleLE(0.25, 8);
    data.writeInt32LE(7, 16);
    data.writeInt16LE(-9, 20);
    data.writeInt8(-1, 22);
    data.writeUInt8(200, 23);
    const entry = (dtype: string, begin: number, end: number): object => ({
      dtype,
      shape: [],
      data_offsets: [begin, end],
    });
    const header = {
      i64: entry('I64', 0, 8),
      f64: entry('F64', 8, 16),
      i32: entry('I32', 16, 20),
      i16: entry('I16', 20, 22),
      i8: entry('I8', 22, 23),
      u8: entry('U8', 23, 24),
    };
    const values = [...decodeSafetensors(file(header, data)).tensors.values()].map((tensor) => tensor.data[0]);
    expect(values).toEqual([-3, 0.25, 7, -9, -1, 200]);
  });
});

describe('hostile files', () => {
  test.each<[string, Uint8Array, string | RegExp]>([
    ['nothing', bytes(0), 'too few'],
    ['a header longer than the file', file('{}', bytes(0), 3n), 'claims 3 bytes'],
    ['a header of 2^63 bytes', file('{}', bytes(0), 2n ** 63n), 'claims'],
    ['no JSON', file('{"a":'), 'no JSON'],
    ['broken UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), 'no JSON'],
    ['an array', file('[]'), 'no JSON object'],
    ['a tensor that is a number', file({ a: 1 }), '"a" is no object'],
    [
      'an unknown dtype',
      file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 4] } }, bytes(4)),
      'dtype "toString"',
    ],
    ['a negative side', file({ a: f32([-1], 0, 4) }, bytes(4)), 'shape'],
    ['a fractional side', file({ a: f32([0.5], 0, 2) }, bytes(2)), 'shape'],
    ['a rank of 40', file({ a: f32(new Array(40).fill(1), 0, 4) }, bytes(4)), 'shape'],
    ['an overflowing shape', file({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, bytes(4)), 'needs'],
    ['a shape that its bytes do not hold', file({ a: f32([2], 0, 4) }, bytes(4)), 'needs 8 bytes'],
    ['offsets in reverse', file({ a: f32([1], 4, 0) }, bytes(4)), 'needs 4 bytes'],
    ['three offsets', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 4] } }, bytes(4)), 'offsets'],
    ['an overlap', file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, bytes(8)), '"b" begins at byte 4'],
    ['a hole', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, bytes(12)), '"b" begins at byte 8'],
    ['hidden data at the end', file({ a: f32([1], 0, 4) }, bytes(5)), 'the file holds 5'],
    ['truncated data', file({ a: f32([2], 0, 8) }, bytes(7)), 'the file holds 7'],
    ['metadata that is no text', file({ __metadata__: { arch: 1 } }), '"arch" is no text'],
    ['metadata that is a list', file({ __metadata__: [] }), 'metadata is no object'],
  ])('%s is TENSORS_FILE_INVALID', (_what, content, reason) => {
    expect(() => decodeSafetensors(content)).toThrow(invalid(reason));
  });

  test('any cut of a good file is refused', () => {
    const good = encodeSafetensors(new Map([['a', { shape: [3], data: Float32Array.of(1, 2, 3) }]]));
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeSafetensors(good.subarray(0, length))).toThrow(invalid(''));
    }
  });

  test('names of Object.prototype are names like any other', () => {
    const text = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    expect([...decodeSafetensors(file(text, bytes(4))).tensors.keys()]).toEqual(['__proto__']);
  });

  test('NaN is refused with its place, unless allowed', () => {
    const encoded = encodeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(0, Number.NaN) }]]));
    expect(() => decodeSafetensors(encoded)).toThrow(
      expect.objectContaining({
        code: 'TENSORS_NOT_FINITE',
        details: expect.objectContaining({ tensor: 'a', index: 1 }),
      }),
    );
    expect(decodeSafetensors(encoded, { allowNaN: true }).tensors.get('a')?.data[1]).toBeNaN();
  });
});

describe('writing', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leakscope-safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a file replaces the one before, and leaves no temporary file', async () => {
    const path = join(folder, 'w.safetensors');
    await writeFile(path, 'old');
    await writeSafetensors(path, new Map([['a', { shape: [], data: Float32Array.of(5) }]]), { metadata: { k: 'v' } });
    expect((await readSafetensors(path)).tensors.get('a')?.data[0]).toBe(5);
    expect((await readSafetensors(path)).metadata).toEqual({ k: 'v' });
    expect(await readdir(folder)).toEqual(['w.safetensors']);
  });

  test('what cannot be written is a coded error, and the old file stays', async () => {
    const path = join(folder, 'keep.safetensors');
    await writeSafetensors(path, new Map([['a', { shape: [], data: Float32Array.of(5) }]]));
    const large: NamedTensors = new Map([['a', { shape: [2], data: Float32Array.of(1, 1e6) }]]);
    await expect(writeSafetensors(path, large, { dtype: 'F16' })).rejects.toThrow(
      expect.objectContaining({ code: 'TENSORS_OVERFLOW', message: expect.stringContaining('index 1') }),
    );
    const short: NamedTensors = new Map([['a', { shape: [3], data: Float32Array.of(1) }]]);
    await expect(writeSafetensors(path, short)).rejects.toThrow(
      expect.objectContaining({ code: 'TENSORS_SHAPE_MISMATCH' }),
    );
    const reserved: NamedTensors = new Map([['__metadata__', { shape: [], data: Float32Array.of(1) }]]);
    await expect(writeSafetensors(path, reserved)).rejects.toThrow(invalid('reserved'));
    expect((await readSafetensors(path)).tensors.get('a')?.data[0]).toBe(5);
  });

  test('a missing file is a coded error that names the path', async () => {
    const path = join(folder, 'missing.safetensors');
    await expect(readSafetensors(path)).rejects.toThrow(
      expect.objectContaining({ code: 'TENSORS_FILE_UNREADABLE', message: expect.stringContaining(path) }),
    );
  });
});
