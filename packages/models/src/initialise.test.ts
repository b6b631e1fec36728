import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { constant, initialise, kaimingFanOut } from './initialise.ts';
import { buffersOf, parametersOf } from './modules.ts';

function draw(overrides: Parameters<typeof initialise>[2] = {}): (name: string) => Float32Array {
  const modules = [
    { kind: 'conv', name: 'conv', inputs: 16, outputs: 64, size: 3, bias: true },
    { kind: 'conv-transpose', name: 'up', inputs: 64, outputs: 16, size: 2 },
    { kind: 'norm', name: 'norm', channels: 8 },
    { kind: 'linear', name: 'fc', inputs: 400, outputs: 100 },
  ] as const;
  const tensors = initialise([...parametersOf(modules), ...buffersOf(modules)], seeded(1), overrides);
  return (name) => tensors.get(name)?.data ?? new Float32Array();
}

function deviation(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
}

describe('initialise', () => {
  test('Kaiming fan-out has the deviation sqrt(2 / (k² outputs))', () => {
    const data = draw({ conv: kaimingFanOut })('conv.weight');
    expect(data).toHaveLength(64 * 16 * 9);
    expect(deviation(data) / Math.sqrt(2 / (9 * 64))).toBeCloseTo(1, 1);
    expect(Math.max(...data)).toBeGreaterThan(3 * Math.sqrt(2 / (9 * 64))); // normal, not uniform
  });

  test.each([
    ['conv.weight', 16 * 9],
    ['conv.bias', 16 * 9],
    ['up.weight', 16 * 4], // PyTorch counts axis 1, the outputs
    ['fc.weight', 400],
    ['fc.bias', 400],
  ])('%s is uniform in ±1 / sqrt(%i)', (name, fanIn) => {
    const data = draw()(name);
    const bound = 1 / Math.sqrt(fanIn);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
    expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(0.9 * bound);
    expect(deviation(data) / (bound / Math.sqrt(3))).toBeGreaterThan(0.8);
    expect(Math.min(...data)).toBeLessThan(0);
  });

  test('batch norms start as the identity, unless a rule says otherwise', () => {
    const tensor = draw({ 'norm-bias': constant(0.5) });
    expect([...tensor('norm.weight')]).toEqual(new Array(8).fill(1));
    expect([...tensor('norm.bias')]).toEqual(new Array(8).fill(0.5));
    expect([...tensor('norm.running_mean')]).toEqual(new Array(8).fill(0));
    expect([...tensor('norm.running_var')]).toEqual(new Array(8).fill(1));
  });
});
