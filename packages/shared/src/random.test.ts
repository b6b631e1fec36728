import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded, xoshiro128 } from './random.ts';

/** Mean, variance, skewness and kurtosis of `n` draws. */
function moments(draw: () => number, n: number): [number, number, number, number] {
  const values = Array.from({ length: n }, draw);
  const about = (power: number, centre: number) => values.reduce((sum, v) => sum + (v - centre) ** power, 0) / n;
  const mean = about(1, 0);
  const variance = about(2, mean);
  return [mean, variance, about(3, mean) / variance ** 1.5, about(4, mean) / variance ** 2];
}

test('xoshiro128** gives the published first outputs of state 1, 2, 3, 4', () => {
  const next = xoshiro128(1, 2, 3, 4);
  expect(Array.from({ length: 6 }, next)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
});

test('golden draws: a change here changes every result that was ever published', () => {
  const random = seeded(2022, 'client', 'none', 3);
  expect([random.bits(), random.bits(), random.bits()]).toEqual([368917857, 2619387955, 3903131129]);
  expect(random.uniform()).toBe(0.6948685006875367);
  expect(random.normal()).toBe(-0.812984244300333);
  expect(random.laplace()).toBe(0.3034204489396774);
  expect(random.int(1000)).toBe(226);
  expect(random.shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([2, 4, 5, 3, 1, 7, 6, 0]);
  expect([...random.normals(3)]).toEqual([-0.014384673908352852, 0.8381243944168091, 0.8274394869804382]);
});

describe('distributions', () => {
  const n = 200_000;

  test('uniform is in [0, 1) with variance 1/12', () => {
    const [mean, variance] = moments(seeded(1, 'uniform').uniform, n);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.003);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001);
  });

  test.each([0.1, 2.5])('normal noise of sigma %d has that standard deviation, no skew and kurtosis 3', (sigma) => {
    const random = seeded(1, 'normal', sigma);
    const [mean, variance, skewness, kurtosis] = moments(() => sigma * random.normal(), n);
    expect(Math.abs(mean / sigma)).toBeLessThan(0.01);
    expect(Math.abs(variance / sigma ** 2 - 1)).toBeLessThan(0.015);
    expect(Math.abs(skewness)).toBeLessThan(0.025);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.06);
  });

  test.each([0.1, 2.5])('laplace noise of scale %d has variance 2 scale^2 and kurtosis 6', (scale) => {
    const random = seeded(1, 'laplace', scale);
    const [mean, variance, skewness, kurtosis] = moments(() => scale * random.laplace(), n);
    expect(Math.abs(mean / scale)).toBeLessThan(0.015);
    expect(Math.abs(variance / (2 * scale ** 2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(skewness)).toBeLessThan(0.15);
    expect(Math.abs(kurtosis - 6)).toBeLessThan(0.5);
  });

  test('int is uniform where 2^32 is no multiple of n', () => {
    const random = seeded(1, 'int');
    const counts = new Uint32Array(7);
    for (let i = 0; i < 70_000; i++) {
      const draw = random.int(7);
      counts[draw] = (counts[draw] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5); // 6 degrees of freedom, p = 0.001
    // Plain modulo would give the lower half twice as often here.
    const big = Array.from({ length: 20_000 }, () => random.int(0xc0000000));
    expect(big.filter((value) => value < 0x40000000).length / big.length).toBeCloseTo(1 / 3, 1);
    expect(Math.max(...big)).toBeLessThan(0xc0000000);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('int(%d) is refused', (bound) => {
    expect(() => seeded(1).int(bound)).toThrow(RangeError);
  });

  test('shuffle is a permutation, and every order of three comes up', () => {
    const random = seeded(1, 'shuffle');
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('paths', () => {
  test('seeds and paths that differ anyhow give different streams', () => {
    const first = (seed: number | string, ...path: (string | number)[]) => seeded(seed, ...path).bits();
    const draws = [
      first(1),
      first('1'),
      first(2),
      first(1, 'a'),
      first(1, 'a', 'b'),
      first(1, 'ab'),
      first(1, 0),
      first(1, '0'),
    ];
    expect(new Set(draws).size).toBe(draws.length);
  });

  test('a stream depends on its path alone, not on what others drew', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.nat(20), (seed, name, others) => {
        const alone = seeded(seed, name).bits();
        seeded(seed, 'other').normals(others);
        expect(seeded(seed, name).bits()).toBe(alone);
      }),
    );
  });

  test('neighbouring paths are uncorrelated', () => {
    const n = 20_000;
    const a = seeded(7, 'client', 1).normals(n);
    const b = seeded(7, 'client', 2).normals(n);
    expect(Math.abs(a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / n)).toBeLessThan(4 / Math.sqrt(n));
  });
});
