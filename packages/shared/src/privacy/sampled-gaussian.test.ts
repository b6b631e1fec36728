import { expect, it } from 'vitest';
import { gaussianEpsilon } from './gaussian.ts';
import { sampledGaussianEpsilon, sampledGaussianRdp } from './sampled-gaussian.ts';

it('gives the values that published accountants are tested against', () => {
  // pytorch/opacus, opacus/tests/accountants_test.py, test_rdp_accountant.
  const opacus = { rate: 0.04, noiseMultiplier: 1.5, steps: 2250, delta: 1e-5 };
  expect(sampledGaussianEpsilon(opacus)).toBeCloseTo(7.32911117143, 8);
  // tensorflow/privacy, analysis/compute_dp_sgd_privacy_test.py, Test0 and Test1.
  const first = { rate: 150 / 60_000, noiseMultiplier: 1.3, steps: 6000, delta: 1e-5 };
  expect(sampledGaussianEpsilon(first)).toBeCloseTo(0.7242234026109595, 8);
  const second = { rate: 100 / 100_000, noiseMultiplier: 1, steps: 30_000, delta: 1e-7 };
  expect(sampledGaussianEpsilon(second)).toBeCloseTo(1.4154988495444845, 8);
});

it("gives the 2.92 at order 9 of TensorFlow Privacy's MNIST example, by the conversion of that time", () => {
  const steps = Math.ceil((60 * 60_000) / 256);
  const at = (order: number) => steps * sampledGaussianRdp(256 / 60_000, 1.12, order) + Math.log(1e5) / (order - 1);
  const orders = Array.from({ length: 30 }, (_, i) => i + 2);
  const epsilons = orders.map(at);
  expect(Math.min(...epsilons)).toBeCloseTo(2.92, 2);
  expect(orders[epsilons.indexOf(Math.min(...epsilons))]).toBe(9);
});

it('whole orders: equals the binomial sum of Mironov et al., equation for integer orders', () => {
  for (const [q, sigma, order] of [
    [0.01, 1, 2],
    [0.2, 0.5, 7],
    [0.5, 4, 16],
    [0.001, 30, 40],
  ] as const) {
    let binomial = 1;
    let sum = 0;
    for (let k = 0; k <= order; k++) {
      sum += binomial * (1 - q) ** (order - k) * q ** k * Math.exp((k * k - k) / (2 * sigma * sigma));
      binomial *= (order - k) / (k + 1);
    }
    expect(sampledGaussianRdp(q, sigma, order)).toBeCloseTo(Math.log(sum) / (order - 1), 12);
  }
});

it('every example in every batch: the Gaussian mechanism, at orders that are not whole too', () => {
  for (const order of [1.1, 2.5, 63]) expect(sampledGaussianRdp(1, 0.7, order)).toBeCloseTo(order / (2 * 0.49), 9);
  const bound = sampledGaussianEpsilon({ rate: 1, noiseMultiplier: 2, steps: 16, delta: 1e-5 });
  const exact = gaussianEpsilon(2, 1e-5);
  expect(bound).toBeGreaterThan(exact);
  expect(bound).toBeLessThan(1.1 * exact);
});

it('little noise costs much, none everything', () => {
  const epsilonAt = (noiseMultiplier: number) =>
    sampledGaussianEpsilon({ rate: 0.01, noiseMultiplier, steps: 100, delta: 1e-5 });
  expect(epsilonAt(0)).toBe(Number.POSITIVE_INFINITY);
  expect(epsilonAt(0.1)).toBeGreaterThan(1000);
  expect(epsilonAt(100)).toBeLessThan(0.05);
});
