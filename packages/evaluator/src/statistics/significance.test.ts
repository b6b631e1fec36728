import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bootstrapInterval, fisherP, median, retrievalP } from './significance.ts';

it('counts decoys at least as close', () => {
  expect(retrievalP(0.5, [0.4, 0.5, 0.6, 0.7])).toBe(3 / 5);
  expect(retrievalP(0.1, [0.4, 0.5, 0.6, 0.7])).toBe(1 / 5);
  expect(retrievalP(1, [])).toBe(1);
});

it('Fisher: known values', () => {
  // The tail of chi-squared with 6 degrees of freedom, written out; one p-value is itself.
  expect(fisherP([0.1, 0.2, 0.3])).toBeCloseTo(0.006 * (1 - Math.log(0.006) + Math.log(0.006) ** 2 / 2), 12);
  expect(fisherP([0.037])).toBeCloseTo(0.037, 12);
  expect(fisherP([])).toBe(1);
  expect(fisherP([1, 1, 1])).toBe(1);
  const many = fisherP(new Array(400).fill(1 / 501));
  expect(many).toBeGreaterThanOrEqual(0);
  expect(many).toBeLessThan(1e-300);
});

it('Fisher: falls when any p-value falls, and ignores their order', () => {
  const p = fc.double({ min: 1e-6, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p, { minLength: 1, maxLength: 20 }), (ps) => {
      const combined = fisherP(ps);
      expect(combined).toBeGreaterThanOrEqual(0);
      expect(combined).toBeLessThanOrEqual(1);
      expect(fisherP(ps.toReversed())).toBeCloseTo(combined, 10);
      expect(fisherP([(ps[0] as number) / 2, ...ps.slice(1)])).toBeLessThanOrEqual(combined);
    }),
  );
});

it('is calibrated: under H0 p-values are uniform and Fisher rejects 5 %', () => {
  const random = seeded('calibration');
  const [trials, victims, decoys] = [2500, 4, 149];
  let rejected = 0;
  const ps: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const drawn = Array.from({ length: victims }, () =>
      // Exchangeable distances: the victim's is one of 200 draws of the same kind.
      retrievalP(
        random.uniform(),
        Array.from({ length: decoys }, () => random.uniform()),
      ),
    );
    ps.push(...drawn);
    if (fisherP(drawn) <= 0.05) rejected++;
  }
  expect(Math.abs(rejected / trials - 0.05)).toBeLessThan(0.015);
  for (const level of [0.01, 0.05, 0.25, 0.5, 0.9]) {
    expect(Math.abs(ps.filter((p) => p <= level).length / ps.length - level)).toBeLessThan(0.015);
  }
});

it('would reject too often if one victim seen in many rounds counted as many', () => {
  const random = seeded('repeats');
  let rejected = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const p = retrievalP(
      random.uniform(),
      Array.from({ length: 99 }, () => random.uniform()),
    );
    if (fisherP(new Array(20).fill(p)) <= 0.05) rejected++;
  }
  expect(rejected / 2000).toBeGreaterThan(0.15);
});

it('bootstrap: none below 8 victims, covers the mean in 95 % of all samples however few they are', () => {
  expect(bootstrapInterval([1, 2, 3, 4, 5, 6, 7], seeded(1))).toBeUndefined();
  for (const victims of [8, 12, 30]) {
    let covered = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = [...seeded('bootstrap', victims, trial).normals(victims)];
      const [low, high] = bootstrapInterval(values, seeded(trial)) as [number, number];
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.925);
    expect(covered / 400).toBeLessThan(0.98);
  }
});

it('median of odd and even counts', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});
