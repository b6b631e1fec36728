import { tensor } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { createSgd } from './sgd.ts';

const named = (value: number) => new Map([['w', tensor([1], new Float32Array([value]))]]);
const onlyValue = (tensors: ReturnType<typeof named>) => tensors.get('w')?.data[0];

test('plain step', () => {
  const w = named(1);
  createSgd({ learningRate: 0.5, momentum: 0, weightDecay: 0, proximal: 0 }, named(1)).step(w, named(0.25));
  expect(onlyValue(w)).toBe(0.875);
});

test('momentum and decay follow torch.optim.SGD', () => {
  // torch: w = 1, g = 1 then 2, lr .1, momentum .9, weight_decay .01 -> 0.899, 0.6071010 (by hand: v2 = .9*1.01 + 2 + .01*.899)
  const w = named(1);
  const sgd = createSgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, proximal: 0 }, named(1));
  sgd.step(w, named(1));
  expect(onlyValue(w)).toBeCloseTo(0.899, 6);
  sgd.step(w, named(2));
  expect(onlyValue(w)).toBeCloseTo(0.899 - 0.1 * (0.9 * 1.01 + 2 + 0.01 * 0.899), 6);
});

test('the proximal term pulls back to the weights of the round', () => {
  const w = named(3);
  createSgd({ learningRate: 0.5, momentum: 0, weightDecay: 0, proximal: 0.25 }, named(1)).step(w, named(1));
  expect(onlyValue(w)).toBe(3 - 0.5 * (1 + 0.25 * 2));
});
