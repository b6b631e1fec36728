import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Procedure } from './procedure.ts';
import { strongWolfe, type Trial } from './strong-wolfe.ts';

type Line = (t: number) => readonly [loss: number, slope: number];

/** Runs a search along a line to its end, and counts its trials. */
function searched(line: Line, first: number): { origin: Trial; found: Trial; trials: number } {
  const trial = (step: number): Trial => {
    const [loss, slope] = line(step);
    return { step, loss, slope, point: Float64Array.of(Math.fround(step)), gradient: Float64Array.of(slope) };
  };
  let trials = 0;
  function* at(step: number): Procedure<Trial> {
    trials++;
    yield new Float32Array();
    return trial(step);
  }
  const origin = trial(0);
  const running = strongWolfe(at, origin, first);
  for (;;) {
    const { done, value } = running.next({ losses: new Float32Array(), gradient: new Float32Array() });
    if (done) return { origin, found: value, trials };
  }
}

test('what it finds satisfies the strong Wolfe conditions, on waves of any size and from any first step', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 50, noNaN: true }),
      fc.double({ min: -0.8, max: 0.8, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      (where, wave, first) => {
        // A bowl about `where` with waves on it, which descends at 0.
        const line: Line = (t) => [
          (t - where) ** 2 + wave * where * Math.sin(t),
          2 * (t - where) + wave * where * Math.cos(t),
        ];
        const { origin, found, trials } = searched(line, first);
        expect(found.loss).toBeLessThanOrEqual(origin.loss + 1e-4 * found.step * origin.slope);
        expect(Math.abs(found.slope)).toBeLessThanOrEqual(-0.9 * origin.slope);
        expect(trials).toBeLessThanOrEqual(25);
      },
    ),
    { numRuns: 200 },
  );
});

test('a step that is good enough is taken as it is', () => {
  expect(searched((t) => [(t - 1) ** 2, 2 * (t - 1)], 1.3)).toMatchObject({ found: { step: 1.3 }, trials: 1 });
});

test('comes back from where there is no loss', () => {
  const cliff: Line = (t) => (t > 2 ? [Number.POSITIVE_INFINITY, 0] : [(t - 1) ** 2, 2 * (t - 1)]);
  const { origin, found } = searched(cliff, 100);
  expect(found.loss).toBeLessThan(origin.loss);
});

test('stays where it is if nothing is lower', () => {
  expect(searched((t) => [t * t, -1], 1).found.step).toBe(0);
});
