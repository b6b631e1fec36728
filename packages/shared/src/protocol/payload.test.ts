import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { LeakscopeError } from '../errors.ts';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from '../half.ts';
import { equalTensors, type NamedTensors, tensor } from '../tensors.ts';
import { decodeTensors, encodeTensors } from './payload.ts';
import { PROTOCOL_PROTO } from './schema.ts';

const Tensors = protobuf.parse(PROTOCOL_PROTO).root.lookupType('leakscope.Tensors');

const anyTensor = (value: fc.Arbitrary<number>) =>
  fc.array(fc.nat(5), { maxLength: 4 }).chain((shape) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return fc.array(value, { minLength: length, maxLength: length }).map((v) => tensor(shape, Float32Array.from(v)));
  });

const anyTensors = (value: fc.Arbitrary<number>): fc.Arbitrary<NamedTensors> =>
  fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 6 })
    .chain((names) =>
      fc
        .array(anyTensor(value), { minLength: names.length, maxLength: names.length })
        .map((tensors) => new Map(tensors.map((t, i) => [names[i] as string, t]))),
    );

const anyFloat = fc.oneof(fc.float(), fc.constantFrom(0, -0, 2 ** -149, Number.NaN, Number.POSITIVE_INFINITY));
const sparseFloat = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: anyFloat });

describe('round trip', () => {
  test.each(['fp32', 'sparse'] as const)('%s keeps every bit of any tensors, -0 and NaN too', (encoding) => {
    fc.assert(
      fc.property(anyTensors(anyFloat), (tensors) => {
        expect(equalTensors(decodeTensors(encodeTensors(tensors, encoding)), tensors)).toBe(true);
      }),
    );
  });

  test('sparse keeps the support exactly', () => {
    fc.assert(
      fc.property(anyTensors(sparseFloat), (tensors) => {
        expect(equalTensors(decodeTensors(encodeTensors(tensors, 'sparse')), tensors)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['fp16', (v: Float32Array) => fromHalf(toHalf(v))],
    ['bf16', (v: Float32Array) => fromBfloat16(toBfloat16(v))],
  ] as const)('%s is its rounding, and no more', (encoding, round) => {
    fc.assert(
      fc.property(anyTensors(fc.float({ min: -65000, max: 65000, noNaN: true })), (tensors) => {
        const rounded = new Map([...tensors].map(([name, t]) => [name, tensor(t.shape, round(t.data))]));
        expect(equalTensors(decodeTensors(encodeTensors(tensors, encoding)), rounded)).toBe(true);
      }),
    );
  });
});

test('a view into a frame need not be aligned', () => {
  const tensors: NamedTensors = new Map([['x', tensor([3], Float32Array.of(1, 2, 3))]]);
  const bytes = encodeTensors(tensors, 'fp32');
  for (let shift = 1; shift <= 4; shift++) {
    const frame = new Uint8Array(bytes.length + shift);
    frame.set(bytes, shift);
    expect(equalTensors(decodeTensors(frame.subarray(shift)), tensors)).toBe(true);
  }
});

test('sparse takes the shortest form: indices, bitmap or dense', () => {
  const size = 3200;
  const bytesWith = (count: number) => {
    const data = new Float32Array(size).fill(1, 0, count);
    return encodeTensors(new Map([['x', tensor([size], data)]]), 'sparse').length;
  };
  const envelope = 32;
  expect(bytesWith(10)).toBeLessThan(10 * 8 + envelope);
  expect(bytesWith(1000)).toBeLessThan(1000 * 4 + size / 8 + envelope);
  expect(bytesWith(size)).toBeLessThan(size * 4 + envelope);
});

test('false zeros of fp16: values below 2^-25 vanish, which fp32, bf16 and sparse keep', () => {
  const tensors: NamedTensors = new Map([['x', tensor([2], Float32Array.of(1e-8, 0))]]);
  const first = (encoding: 'fp32' | 'fp16' | 'bf16' | 'sparse') =>
    decodeTensors(encodeTensors(tensors, encoding)).get('x')?.data[0];
  expect(first('fp16')).toBe(0);
  for (const encoding of ['fp32', 'bf16', 'sparse'] as const) expect(first(encoding)).toBeCloseTo(1e-8, 10);
});

test('fp16 refuses what it would turn into infinity', () => {
  const tensors: NamedTensors = new Map([['fc.weight', tensor([2], Float32Array.of(1, -70000))]]);
  expect(() => encodeTensors(tensors, 'fp16')).toThrow(
    expect.objectContaining({
      code: 'PROTOCOL_VALUE_OVERFLOW',
      message: 'tensor "fc.weight" holds -70000 at index 1, too large for fp16',
    }),
  );
});

describe('hostile bytes', () => {
  const survives = (bytes: Uint8Array) => {
    try {
      decodeTensors(bytes, { tensors: 16, values: 10_000 });
    } catch (error) {
      expect(error).toBeInstanceOf(LeakscopeError);
      expect((error as LeakscopeError).code).toMatch(/^PROTOCOL_(PAYLOAD_INVALID|LIMIT_EXCEEDED)$/);
    }
  };

  test('random, cut and changed bytes give tensors or a coded error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 2000 });
    fc.assert(
      fc.property(
        anyTensors(sparseFloat),
        fc.constantFrom('fp32', 'fp16', 'sparse'),
        fc.nat(),
        fc.nat(255),
        (tensors, encoding, at, byte) => {
          const finite = new Map(
            [...tensors].map(([n, t]) => [
              n,
              tensor(
                t.shape,
                t.data.map((v) => (Math.abs(v) < 60000 ? v : 1)),
              ),
            ]),
          );
          const bytes = encodeTensors(finite, encoding).slice();
          survives(bytes.subarray(0, at % (bytes.length + 1)));
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
          survives(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  const raw = (...tensors: object[]) => Tensors.encode(Tensors.fromObject({ tensors })).finish();
  const limits = { tensors: 3, values: 100 };

  test.each([
    [
      'a huge shape behind few bytes',
      raw({ name: 'x', shape: [4e9, 4e9], encoding: 'INDICES' }),
      'LIMIT_EXCEEDED',
      /values: 16000000000000000000 /,
    ],
    [
      'many tensors',
      raw(...Array.from({ length: 4 }, (_, i) => ({ name: `t${i}`, shape: [0] }))),
      'LIMIT_EXCEEDED',
      /tensors: 4 /,
    ],
    [
      'many values in all',
      raw({ name: 'a', shape: [60], values: new Uint8Array(240) }, { name: 'b', shape: [60] }),
      'LIMIT_EXCEEDED',
      /values: 120 /,
    ],
    ['many axes', raw({ name: 'x', shape: new Array(9).fill(1) }), 'PAYLOAD_INVALID', /more than 8 axes/],
    ['a long name', raw({ name: 'x'.repeat(300) }), 'PAYLOAD_INVALID', /300 bytes/],
    [
      'two tensors of one name',
      raw({ name: 'x', shape: [0] }, { name: 'x', shape: [0] }),
      'PAYLOAD_INVALID',
      /"x" .*taken/,
    ],
    ['no name', raw({ shape: [0] }), 'PAYLOAD_INVALID', /empty or taken/],
    [
      'values that do not fill the shape',
      raw({ name: 'x', shape: [3], values: new Uint8Array(8) }),
      'PAYLOAD_INVALID',
      /2 values, its shape says 3/,
    ],
    ['half a value', raw({ name: 'x', shape: [1], values: new Uint8Array(3) }), 'PAYLOAD_INVALID', /3 bytes/],
    ['an unknown encoding', raw({ name: 'x', shape: [0], encoding: 77 }), 'PAYLOAD_INVALID', /encoding 77/],
    [
      'a bitmap of another length',
      raw({ name: 'x', shape: [9], encoding: 'BITMAP', support: [0] }),
      'PAYLOAD_INVALID',
      /support is malformed/,
    ],
    [
      'a bit after the last value',
      raw({ name: 'x', shape: [7], encoding: 'BITMAP', support: [128], values: new Uint8Array(4) }),
      'PAYLOAD_INVALID',
      /malformed/,
    ],
    [
      'more places than values',
      raw({ name: 'x', shape: [8], encoding: 'BITMAP', support: [3], values: new Uint8Array(4) }),
      'PAYLOAD_INVALID',
      /1 values for 2 places/,
    ],
    [
      'indices out of order',
      raw({ name: 'x', shape: [9], encoding: 'INDICES', support: [2, 0, 0, 0, 1, 0, 0, 0], values: new Uint8Array(8) }),
      'PAYLOAD_INVALID',
      /malformed/,
    ],
    [
      'an index after the last value',
      raw({ name: 'x', shape: [2], encoding: 'INDICES', support: [2, 0, 0, 0], values: new Uint8Array(4) }),
      'PAYLOAD_INVALID',
      /malformed/,
    ],
  ])('%s', (_name, bytes, code, message) => {
    expect(() => decodeTensors(bytes, limits)).toThrow(
      expect.objectContaining({ code: `PROTOCOL_${code}`, message: expect.stringMatching(message) }),
    );
  });
});
