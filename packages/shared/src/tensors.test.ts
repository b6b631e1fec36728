import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkFinite,
  checkShapes,
  digestTensors,
  equalTensors,
  globalNorm,
  layerNorms,
  littleEndianBytes,
  type NamedTensors,
  sizeOf,
  tensor,
} from './tensors.ts';

const sample = (): NamedTensors =>
  new Map([
    ['conv.weight', tensor([1, 2, 1, 2], Float32Array.of(3, 0, 0, 4))],
    ['fc.bias', tensor([1], Float32Array.of(12))],
  ]);

describe('digest', () => {
  test('is stable, and does not depend on the order of the names', () => {
    const reversed: NamedTensors = new Map([...sample()].reverse());
    expect(digestTensors(sample())).toBe('sha256:71c68806fe37f1dc3e33c6f53bd3d1a48ffbc6fa866925d64e8a8a51658be520');
    expect(digestTensors(reversed)).toBe(digestTensors(sample()));
  });

  test('changes with a name, a shape, a value or the sign of a zero', () => {
    const changed = [
      new Map([...sample()].map(([name, t]) => [`${name}2`, t])),
      new Map(sample()).set('conv.weight', tensor([2, 1, 1, 2], Float32Array.of(3, 0, 0, 4))),
      new Map(sample()).set('conv.weight', tensor([1, 2, 1, 2], Float32Array.of(3, 0, 0, 4.0000005))),
      new Map(sample()).set('conv.weight', tensor([1, 2, 1, 2], Float32Array.of(3, -0, 0, 4))),
    ];
    expect(new Set([sample(), ...changed].map(digestTensors)).size).toBe(changed.length + 1);
    for (const other of changed) expect(equalTensors(sample(), other)).toBe(false);
  });

  test('bytes of one tensor cannot pass for the name of the next', () => {
    const one: NamedTensors = new Map([['a', tensor([2], Float32Array.of(1, 2))]]);
    const two: NamedTensors = new Map([
      ['a', tensor([1], Float32Array.of(1))],
      ['b', tensor([1], Float32Array.of(2))],
    ]);
    expect(digestTensors(one)).not.toBe(digestTensors(two));
  });

  test('sees only the window of a larger buffer', () => {
    const window = Float32Array.of(9, 3, 0, 0, 4, 9).subarray(1, 5);
    expect(digestTensors(new Map(sample()).set('conv.weight', tensor([1, 2, 1, 2], window)))).toBe(
      digestTensors(sample()),
    );
  });
});

test('little-endian bytes are those that a DataView reads as such', () => {
  fc.assert(
    fc.property(fc.float32Array(), (values) => {
      const bytes = littleEndianBytes(values);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      expect(Array.from(values, (_, i) => view.getFloat32(4 * i, true))).toEqual([...values]);
    }),
  );
});

test('equality is by bits: NaN equals itself', () => {
  const a: NamedTensors = new Map([['x', tensor([1], Float32Array.of(Number.NaN))]]);
  const b: NamedTensors = new Map([['x', tensor([1], Float32Array.of(Number.NaN))]]);
  expect(equalTensors(a, b)).toBe(true);
});

test('norms', () => {
  expect(globalNorm(sample())).toBe(13);
  expect([...layerNorms(sample())]).toEqual([
    ['conv.weight', 5],
    ['fc.bias', 12],
  ]);
});

test('norms accumulate in float64', () => {
  const many: NamedTensors = new Map([['x', tensor([2 ** 16], new Float32Array(2 ** 16).fill(1e-4))]]);
  expect(globalNorm(many)).toBeCloseTo(1e-4 * 2 ** 8, 8);
});

test('sizes: a scalar holds one value, an empty axis none', () => {
  expect([sizeOf([]), sizeOf([3, 0]), sizeOf([2, 3])]).toEqual([1, 0, 6]);
  expect(() => tensor([3], new Float32Array(2))).toThrow(expect.objectContaining({ code: 'TENSORS_SHAPE_MISMATCH' }));
});

describe('checks name the tensor', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is not finite', (value) => {
    const bad = new Map(sample()).set('fc.bias', tensor([3], Float32Array.of(0, value, 0)));
    expect(() => checkFinite(bad)).toThrow(
      expect.objectContaining({ code: 'TENSORS_NOT_FINITE', message: `tensor "fc.bias" holds ${value} at index 1` }),
    );
    expect(() => checkFinite(sample())).not.toThrow();
  });

  test('shapes: missing, mismatched, unexpected', () => {
    const specs = [
      { name: 'conv.weight', shape: [1, 2, 1, 2] },
      { name: 'fc.bias', shape: [1] },
    ];
    expect(() => checkShapes(sample(), specs)).not.toThrow();
    const failing = (tensors: NamedTensors, code: string, message: RegExp) =>
      expect(() => checkShapes(tensors, specs)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    failing(new Map([['fc.bias', tensor([1])]]), 'TENSORS_MISSING', /"conv.weight"/);
    failing(
      new Map(sample()).set('fc.bias', tensor([2])),
      'TENSORS_SHAPE_MISMATCH',
      /"fc.bias" has shape \[2\], expected \[1\]/,
    );
    failing(new Map(sample()).set('extra', tensor([1])), 'TENSORS_UNEXPECTED', /"extra"/);
  });
});
