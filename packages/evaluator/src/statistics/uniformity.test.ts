import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { retrievalP } from './significance.ts';
import { continuousP, uniformity } from './uniformity.ts';

it("gives SciPy's kstest within .025, and within .004 where it matters", () => {
  const few = uniformity([0.02, 0.11, 0.19, 0.27, 0.44, 0.52, 0.61, 0.71, 0.72, 0.95]);
  expect(few.distance).toBeCloseTo(0.18, 12);
  expect(Math.abs(few.p - 0.847280627321946)).toBeLessThan(0.025);
  const many = uniformity(Array.from({ length: 59 }, (_, i) => ((i + 1) / 60) ** 1.35));
  expect(many.distance).toBeCloseTo(0.11734675080783746, 12);
  expect(Math.abs(many.p - 0.36249632829883394)).toBeLessThan(0.015);
  // D = .4 of 5 values and .06 of 500: kstwo.sf.
  expect(Math.abs(uniformity([0.4, 0.45, 0.5, 0.55, 0.6]).p - 0.3088)).toBeLessThan(0.005);
  const steep = uniformity(Array.from({ length: 500 }, (_, i) => Math.min(1, (i + 0.5) / 500 + 0.059)));
  expect(steep.distance).toBeCloseTo(0.06, 12);
  expect(Math.abs(steep.p - 0.05243463489026223)).toBeLessThan(0.004);
});

it('both series of the tail agree where they meet, and the tail falls from 1 to 0', () => {
  // n values at equal places, all moved up: D is the move plus half a step.
  const moved = (by: number) =>
    uniformity(Array.from({ length: 1000 }, (_, i) => Math.min(1, (i + 0.5) / 1000 + by))).p;
  const ps = Array.from({ length: 60 }, (_, i) => moved(i / 500));
  expect(ps[0]).toBeCloseTo(1, 6);
  for (let i = 1; i < ps.length; i++) {
    expect(ps[i]).toBeLessThanOrEqual(ps[i - 1] as number);
    expect((ps[i - 1] as number) - (ps[i] as number)).toBeLessThan(0.12);
  }
  expect(ps.at(-1)).toBeLessThan(1e-10);
});

/** p-values of victims with different numbers of decoys; `knows` pulls every tenth victim to the first place. */
function retrievals(seed: number, victims: number, knows: boolean) {
  const random = seeded('calibration', seed);
  return Array.from({ length: victims }, (_, v) => {
    const decoys = 20 + 7 * (v % 5);
    const distance = knows && v % 10 === 0 ? 0 : random.uniform();
    const p = retrievalP(
      distance,
      Array.from({ length: decoys }, () => random.uniform()),
    );
    return { rank: Math.round(p * (1 + decoys)), decoys, p };
  });
}

it('rejects calibrated ranks in 5 % of all runs, in spite of their steps, and always finds an attack that was told', () => {
  const judged = Array.from({ length: 400 }, (_, seed) =>
    uniformity(continuousP(retrievals(seed, 100, false), seeded('places', seed))),
  );
  const rejected = judged.filter(({ p }) => p <= 0.05).length / judged.length;
  expect(rejected).toBeGreaterThan(0.02);
  expect(rejected).toBeLessThan(0.08);
  for (let seed = 0; seed < 5; seed++) {
    expect(uniformity(continuousP(retrievals(seed, 500, true), seeded('places', seed))).p).toBeLessThan(0.01);
  }
});
