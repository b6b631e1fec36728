import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { noise } from './noise.ts';

const N = 200_000;
const zeros: NamedTensors = new Map([['w', tensor([N])]]);
const context = { random: (...path: (string | number)[]) => seeded(7, ...path) };

async function drawn(sigma: number, kind: 'gaussian' | 'laplace'): Promise<Float32Array> {
  return (await noise.apply(zeros, { sigma, kind }, context)).get('w')?.data ?? new Float32Array();
}

const moment = (data: Float32Array, power: number) => data.reduce((sum, value) => sum + value ** power / N, 0);

describe('noise', () => {
  // Standard errors at 200,000 draws: 0.16 % of sigma for Gaussian, 0.25 % for Laplace; five of them are allowed.
  test.each([
    ['gaussian', 0.1, 0.008],
    ['gaussian', 2.5, 0.008],
    ['laplace', 0.1, 0.0125],
    ['laplace', 2.5, 0.0125],
  ] as const)('%s noise of sigma %d has that standard deviation, and mean 0', async (kind, sigma, tolerance) => {
    const data = await drawn(sigma, kind);
    expect(Math.abs(Math.sqrt(moment(data, 2)) / sigma - 1)).toBeLessThan(tolerance);
    expect(Math.abs(moment(data, 1)) / sigma).toBeLessThan(5 / Math.sqrt(N));
  });

  test('Gaussian has kurtosis 3, Laplace 6', async () => {
    const kurtosis = (data: Float32Array) => moment(data, 4) / moment(data, 2) ** 2;
    expect(kurtosis(await drawn(0.5, 'gaussian'))).toBeCloseTo(3, 0);
    expect(Math.abs(kurtosis(await drawn(0.5, 'laplace')) - 6)).toBeLessThan(0.5);
  });

  test('is added, and two tensors draw differently', async () => {
    const update: NamedTensors = new Map([
      ['a', tensor([2], Float32Array.of(10, 20))],
      ['b', tensor([2], Float32Array.of(10, 20))],
    ]);
    const y = await noise.apply(update, { sigma: 0.5, kind: 'gaussian' }, context);
    expect(Math.abs((y.get('a')?.data[1] ?? 0) - 20)).toBeLessThan(5);
    expect(y.get('a')?.data).not.toEqual(y.get('b')?.data);
  });

  test('sigma 0 changes nothing', async () => {
    const update: NamedTensors = new Map([['a', tensor([3], Float32Array.of(1, -2, 3))]]);
    const y = await noise.apply(update, { sigma: 0, kind: 'laplace' }, context);
    expect(y.get('a')?.data).toEqual(update.get('a')?.data);
  });
});
