import { describe, expect, test } from 'vitest';
import { adam, decay } from './adam.ts';

const opened = (start: Float32Array, params: Parameters<typeof adam.open>[1]) =>
  adam.open({ start, random: [] }, params);

const quadratic = (points: Float32Array) => ({
  losses: Float32Array.of(points.reduce((sum, x) => sum + (x - 3) ** 2, 0)),
  gradient: points.map((x) => 2 * (x - 3)),
});

describe('adam', () => {
  test.each([true, false])('finds a minimum (signed: %s)', (signed) => {
    const optimiser = opened(Float32Array.of(0, 10), {
      steps: 400,
      learningRate: 0.1,
      signed,
      schedule: 'steps',
      epsilon: 1e-8,
    });
    for (let step = 0; step < 400; step++) optimiser.tell(quadratic(optimiser.ask()));
    for (const x of optimiser.ask()) expect(Math.abs(x - 3)).toBeLessThan(0.05);
  });

  test('its first step has the length of the learning rate, whatever the gradient', () => {
    for (const [signed, gradient] of [
      [true, 1e-3],
      [false, 1e-3],
      [false, 1e3],
    ] as const) {
      const optimiser = opened(Float32Array.of(1), {
        steps: 10,
        learningRate: 0.1,
        signed,
        schedule: 'steps',
        epsilon: 1e-8,
      });
      optimiser.tell({ losses: Float32Array.of(0), gradient: Float32Array.of(gradient) });
      expect(optimiser.ask()[0]).toBeCloseTo(0.9, 4);
    }
  });

  test('two steps are those of the paper, computed by hand', () => {
    // m = .1·2, v = .001·4; then m = .9·.2 + .1·1, v = .999·.004 + .001·1, both corrected for bias.
    const optimiser = opened(Float32Array.of(0), {
      steps: 100,
      learningRate: 0.5,
      signed: false,
      schedule: 'steps',
      epsilon: 1e-8,
    });
    for (const slope of [2, 1]) optimiser.tell({ losses: Float32Array.of(0), gradient: Float32Array.of(slope) });
    const second = 0.28 / (1 - 0.81) / Math.sqrt(0.004996 / (1 - 0.998001));
    expect(optimiser.ask()[0]).toBeCloseTo(-0.5 - 0.5 * second, 5);
  });

  test('the learning rate falls tenfold at 3/8, 5/8 and 7/8', () => {
    const rates = Array.from({ length: 8 }, (_, step) => decay(step, 8));
    [1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.001].forEach((rate, step) => {
      expect(rates[step]).toBeCloseTo(rate, 10);
    });
  });

  test('members are independent: one that is not finite spoils no other', () => {
    const alone = opened(Float32Array.of(0), {
      steps: 50,
      learningRate: 0.1,
      signed: true,
      schedule: 'steps',
      epsilon: 1e-8,
    });
    const beside = opened(Float32Array.of(0, 5), {
      steps: 50,
      learningRate: 0.1,
      signed: true,
      schedule: 'steps',
      epsilon: 1e-8,
    });
    for (let step = 0; step < 50; step++) {
      alone.tell(quadratic(alone.ask()));
      const { gradient } = quadratic(beside.ask());
      gradient[1] = Number.NaN;
      beside.tell({ losses: Float32Array.of(0, Number.NaN), gradient });
    }
    expect(beside.ask()[0]).toBe(alone.ask()[0]);
  });

  test('does not write into its start', () => {
    const start = Float32Array.of(1);
    opened(start, { steps: 1, learningRate: 1, signed: true, schedule: 'steps', epsilon: 1e-8 }).tell(quadratic(start));
    expect(start[0]).toBe(1);
  });
});
