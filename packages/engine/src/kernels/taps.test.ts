import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AxisWindows, liveTaps } from './taps.ts';

/** What each window sees: y[i] = sum_t w[t] x[i stride + t - before], with distinct weights and pixels. */
function convolve({ kernel, input, output, stride, before }: AxisWindows, firstTap = 0): number[] {
  return Array.from({ length: output }, (_, i) => {
    let sum = 0;
    for (let t = 0; t < kernel; t++) {
      const at = i * stride + t - before;
      if (at >= 0 && at < input) sum += (1 + t + firstTap) * 100 ** at;
    }
    return sum;
  });
}

const windows = fc.record({
  kernel: fc.integer({ min: 1, max: 7 }),
  input: fc.integer({ min: 1, max: 5 }),
  output: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 2 }),
  before: fc.integer({ min: -2, max: 6 }),
});

test('leaving out dead taps changes no window', () => {
  fc.assert(
    fc.property(windows, (g) => {
      const live = liveTaps(g);
      expect(convolve({ ...g, kernel: live.kernel, before: live.before }, live.first)).toEqual(convolve(g));
      expect(live.kernel + live.first).toBeLessThanOrEqual(g.kernel);
      expect(live.before + g.input + live.after).toBe((g.output - 1) * g.stride + live.kernel);
    }),
  );
});

test('a 3x3 kernel on one pixel keeps its centre, with a stride onto 2 pixels its last two taps', () => {
  expect(liveTaps({ kernel: 3, input: 1, output: 1, stride: 1, before: 1 })).toEqual({
    first: 1,
    kernel: 1,
    before: 0,
    after: 0,
  });
  expect(liveTaps({ kernel: 3, input: 2, output: 1, stride: 2, before: 1 })).toMatchObject({ first: 1, kernel: 2 });
});
