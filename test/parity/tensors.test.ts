import { describe, expect, test } from 'vitest';
import { fixture } from './fixture.ts';
import { stem, wgan } from './networks.ts';
import { mix32, uniform } from './tensors.ts';
import { sumOf } from './tolerance.ts';

describe('prng', () => {
  test.each(Object.entries(fixture.prng.mix32))('mix32(%s)', (x, expected) => {
    expect(mix32(Number(x))).toBe(expected);
  });

  test.each(fixture.prng.uniform)('uniform of tensor $k at $i', ({ k, i, value }) => {
    expect(uniform(k, fixture.salt)(i)).toBe(Number(value));
  });
});

describe.each(['cifar', 'imagenet'] as const)('%s', (name) => {
  const { model, weights, section, image } = stem(name);

  test('the model has the names, shapes and order of PyTorch', () => {
    const ours = [...model.parameters, ...model.buffers].map(({ name, shape }) => ({ name, shape }));
    // named_buffers lists mean and variance of each batch norm together, as the fixture does.
    expect(ours).toEqual(section.tensors.map(({ name, shape }) => ({ name, shape })));
  });

  test('the weights are rebuilt to the bit', () => {
    for (const { name, sum, first } of section.tensors) {
      const data = weights.get(name)?.data ?? new Float32Array();
      expect([...data.slice(0, 2)], name).toEqual(first.map(Math.fround));
      expect(Math.abs(sumOf(data) - sum), name).toBeLessThanOrEqual(1e-8 * Math.abs(sum) + 1e-12);
    }
  });

  test('the image is rebuilt', () => {
    // tanh may differ in its last bit between libraries.
    expect(sumOf(image.data)).toBeCloseTo(section.input.sum, 4);
  });
});

test('the generator is rebuilt, with the names, shapes and order of PyTorch', () => {
  const { model, weights } = wgan();
  expect([...model.parameters, ...model.buffers].map(({ name, shape }) => ({ name, shape }))).toEqual(
    fixture.generator.map(({ name, shape }) => ({ name, shape })),
  );
  for (const { name, sum, first } of fixture.generator) {
    const data = weights.get(name)?.data ?? new Float32Array();
    expect([...data.slice(0, 2)], name).toEqual(first.map(Math.fround));
    expect(Math.abs(sumOf(data) - sum), name).toBeLessThanOrEqual(1e-8 * Math.abs(sum) + 1e-12);
  }
});
