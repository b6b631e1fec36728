import fc from 'fast-check';
import { expect, test } from 'vitest';
import { l1Balls } from './l1-ball.ts';

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0);

test('a point outside goes to the nearest of the ball, which has its small entries at the centre', () => {
  const points = Float32Array.of(3, -1, 0.5);
  l1Balls(new Float32Array(3), 3, 2)(points);
  // All shrink by 1, down to 0 at most.
  expect([...points]).toEqual([2, 0, 0]);
});

test('each row has a ball of its own, and one inside stays as it is', () => {
  const points = Float32Array.of(5, 5, 1.25, 1.5);
  l1Balls(Float32Array.of(1, 1, 1, 1), 2, 2)(points);
  expect([...points]).toEqual([2, 2, 1.25, 1.5]);
});

test('what comes out is in the ball, and no other point of it is nearer', () => {
  const entries = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(entries, entries, entries, (point, centre, other) => {
      const [c, projected] = [Float32Array.from(centre), Float32Array.from(point)];
      l1Balls(c, 4, 1.5)(projected);
      expect(distance(projected, c)).toBeLessThan(1.5 + 1e-4);
      const inside = Float32Array.from(other);
      const far = distance(inside, c);
      // Some point of the ball, on the way from its centre to anywhere.
      for (const [i, value] of inside.entries())
        inside[i] = (c[i] as number) + (value - (c[i] as number)) * Math.min(1, 1.5 / far);
      const square = (a: Float32Array) => a.reduce((sum, value, i) => sum + (value - (point[i] as number)) ** 2, 0);
      if (far > 0) expect(square(projected)).toBeLessThan(square(inside) + 1e-3);
    }),
  );
});
