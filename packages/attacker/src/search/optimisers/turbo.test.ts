import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { using } from '../../contract/part.ts';
import { latinHypercube } from './latin-hypercube.ts';
import { TrustRegion } from './trust-region.ts';
import { turbo } from './turbo.ts';

test('a Latin hypercube has a point in each slice of each coordinate', () => {
  const points = latinHypercube(8, 3, seeded(1));
  for (let k = 0; k < 3; k++) {
    const slices = points.map((point) => Math.floor(8 * (point[k] as number)));
    expect(slices.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  }
});

describe('a trust region', () => {
  const DIMENSION = 4;
  const bowl = (point: Float64Array): number => point.reduce((sum, x) => sum + (x - 0.3) ** 2, 0);
  function begun(design = 8): TrustRegion {
    const region = new TrustRegion(DIMENSION, design, seeded(1));
    const points = region.design(design);
    region.begin(points, points.map(bowl));
    return region;
  }
  /** How far its candidates lie apart along the first coordinate. */
  const width = (region: TrustRegion): number => {
    const along = region.propose(1).candidates.map(([x = 0]) => x);
    return Math.max(...along) - Math.min(...along);
  };

  test('shrinks with failures, and begins again when it is too small', () => {
    const region = begun();
    const before = width(region);
    const { candidates } = region.propose(1);
    const failures = (times: number) => {
      for (let i = 0; i < times; i++) region.learn(candidates.slice(0, 4), [9, 9, 9, 9]);
    };
    failures(6);
    expect(region.due).toBe(0);
    expect(width(region)).toBeLessThan(before / 4);
    failures(1);
    expect(region.due).toBe(8);
  });

  test('grows with three successes', () => {
    const region = begun();
    const { candidates } = region.propose(1);
    region.learn(candidates.slice(0, 4), [9, 9, 9, 9]);
    const narrow = width(region);
    for (const loss of [-1, -2, -3]) region.learn([candidates[0] as Float64Array], [loss]);
    expect(width(region)).toBeGreaterThan(1.2 * narrow);
  });

  test('draws its design anew where too little of it has a finite loss', () => {
    const region = new TrustRegion(DIMENSION, 3, seeded(1));
    region.begin(region.design(3), [Number.NaN, 1, Number.POSITIVE_INFINITY]);
    expect(region.due).toBe(3);
  });

  test('proposes candidates in the cube whose draws know where it is low', () => {
    const region = begun(40);
    const { candidates, draws } = region.propose(20);
    expect(candidates.every((point) => point.every((x) => x >= 0 && x <= 1))).toBe(true);
    const chosen = draws.map((draw) => candidates[draw.indexOf(Math.min(...draw))] as Float64Array);
    const mean = (points: readonly Float64Array[]) => points.reduce((sum, p) => sum + bowl(p), 0) / points.length;
    expect(mean(chosen)).toBeLessThan(0.7 * mean(candidates));
  });
});

test('turbo stays within its bound, and its regions share a batch', () => {
  const { params } = using(turbo, { steps: 6, population: 6, regions: 2, design: 4, bound: 0.5 });
  const running = turbo.open({ start: Float32Array.of(1, -1), random: [seeded(3)] }, params);
  for (let step = 0; step < 6; step++) {
    const asked = running.ask();
    expect(asked).toHaveLength(12);
    const losses = Float32Array.from({ length: 6 }, (_, i) => {
      const [x, y] = [asked[2 * i] as number, asked[2 * i + 1] as number];
      expect(Math.max(Math.abs(x - 1), Math.abs(y + 1))).toBeLessThanOrEqual(0.5);
      return x * x + y * y;
    });
    running.tell({ losses, gradient: new Float32Array() });
  }
});
