import { solvePositive } from '@leakscope/shared/linear-algebra';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { jacobianGram, vanTreesBound } from './van-trees.ts';

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

it('knows the ends: without signal the prior remains, without noise nothing does', () => {
  expect(vanTreesBound([new Float64Array(9)], 3, 0.1)).toEqual({ error: 3, share: 1 });
  const gram = jacobianGram(2, [Float64Array.of(1, 0), Float64Array.of(0, 2)]);
  const { error } = vanTreesBound([gram], 2, 0.5);
  expect(error).toBeCloseTo(1 / (1 + 4) + 1 / (1 + 16), 12);
  expect(vanTreesBound([gram], 2, 1e-9).share).toBeLessThan(1e-15);
  expect(vanTreesBound([gram, new Float64Array(4)], 2, 0.5).error).toBeCloseTo(1 / (1 + 2) + 1 / (1 + 8), 12);
});

it('is attained by the best estimate of a linear map', () => {
  const random = seeded('linear');
  const [n, p, sigma] = [4, 7, 0.8];
  const rows = Array.from({ length: p }, () => Float64Array.from(random.normals(n)));
  const { error } = vanTreesBound([jacobianGram(n, rows)], n, sigma);
  // Posterior mean: (JᵀJ + sigma² I)⁻¹ Jᵀ y.
  const precision = jacobianGram(n, rows);
  for (let i = 0; i < n; i++) {
    precision[i * n + i] = (precision[i * n + i] as number) + sigma ** 2;
    for (let j = i + 1; j < n; j++) precision[i * n + j] = precision[j * n + i] as number;
  }
  let sum = 0;
  const draws = 20_000;
  for (let draw = 0; draw < draws; draw++) {
    const z = Float64Array.from(random.normals(n));
    const y = rows.map((row) => dot(row, z) + sigma * random.normal());
    const side = Float64Array.from({ length: n }, (_, i) =>
      rows.reduce((s, row, k) => s + (row[i] as number) * (y[k] as number), 0),
    );
    const [estimate] = solvePositive(precision, n, [side]) as [Float64Array];
    sum += estimate.reduce((s, x, i) => s + (x - (z[i] as number)) ** 2, 0);
  }
  expect(sum / draws / error).toBeCloseTo(1, 1);
  expect(Math.abs(sum / draws / error - 1)).toBeLessThan(0.02);
});

it('is not beaten where the map is curved: the posterior mean of y = sin 2z + noise', () => {
  const random = seeded('curved');
  const sigma = 0.5;
  const grid = Array.from({ length: 321 }, (_, i) => -4 + i / 40);
  const prior = grid.map((z) => Math.exp((-z * z) / 2) / 40 / Math.sqrt(2 * Math.PI));
  // E[g'(z)²] under the prior, as the mean over draws.
  const slopes = Array.from(random.normals(4000), (z) => jacobianGram(1, [Float64Array.of(2 * Math.cos(2 * z))]));
  const { error } = vanTreesBound(slopes, 1, sigma);
  let sum = 0;
  for (let draw = 0; draw < 2000; draw++) {
    const z = random.normal();
    const y = Math.sin(2 * z) + sigma * random.normal();
    const weights = grid.map(
      (x, i) => (prior[i] as number) * Math.exp(-((y - Math.sin(2 * x)) ** 2) / (2 * sigma ** 2)),
    );
    const mean = weights.reduce((s, w, i) => s + w * (grid[i] as number), 0) / weights.reduce((s, w) => s + w, 0);
    sum += (mean - z) ** 2;
  }
  expect(sum / 2000).toBeGreaterThan(error);
});
