import { describe, expect, test } from 'vitest';
import { stepError } from './training.ts';

const model = {
  parameters: [
    { name: 'w', shape: [2], role: 'linear-weight' },
    { name: 'b', shape: [1], role: 'bias' },
  ],
  buffers: [{ name: 'mean', shape: [1], role: 'running-mean' }],
} as const;
const values = (loss: number, w: number[], b: number, mean: number) => ({
  loss: Float32Array.of(loss),
  w: Float32Array.from(w),
  b: Float32Array.of(b),
  mean: Float32Array.of(mean),
});
const before = values(0, [1, 1], 1, 0);
const want = values(2, [1.5, 1], 1, 0.25);

describe('the error of a training step', () => {
  test.each([
    ['nothing', want, 0],
    ['the loss', values(2.5, [1.5, 1], 1, 0.25), 0.25],
    ['a parameter, relative to how far all parameters moved', values(2, [1.5, 1.25], 1, 0.25), 0.5],
    ['every parameter: no step at all', values(2, [1, 1], 1, 0.25), 1],
    ['a running statistic', values(2, [1.5, 1], 1, 0.125), 0.5],
  ])('wrong in %s', (_, got, error) => {
    expect(stepError(model, before, got, want)).toBeCloseTo(error, 6);
  });

  test('something missing is no agreement', () => {
    const rest = { loss: want.loss, w: want.w, mean: want.mean };
    expect(() => stepError(model, before, rest, want)).toThrow('no values of b');
    expect(() => stepError(model, before, want, rest)).toThrow('no values of b');
  });
});
