/** Each operation x {value, gradient, gradient of gradient norm} x executor; the reference is held against finite differences. */
import { seeded } from '@leakscope/shared/random';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../backends/eager/reference.ts';
import { EXECUTORS } from '../index.ts';
import { opCases } from './cases/cases.ts';
import { operandsOf, programOf, relativeError, runCase } from './run.ts';
import { whyUntested } from './tested.ts';

const TOLERANCE = 2e-5;

for (const executor of EXECUTORS.filter((name) => name !== 'eager')) {
  const missing = whyUntested(executor);
  describe.skipIf(missing)(`${executor} agrees with eager${missing ? `: ${missing}` : ''}`, () => {
    it.each(opCases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
      const operands = operandsOf(testCase);
      const expected = await runCase(testCase, 'eager', operands);
      const got = await runCase(testCase, executor, operands);
      expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, values] of Object.entries(expected)) {
        expect(relativeError(got[name] as Float32Array, values), name).toBeLessThan(TOLERANCE);
      }
    });
  });
}

it('has a case for every operation', () => {
  const tested = new Set(
    opCases.map(programOf).flatMap(({ recorded, graph }) => [...recorded.nodes, ...graph.nodes].map(({ op }) => op)),
  );
  expect(OPERATIONS.filter((op) => !tested.has(op))).toEqual([]);
});

describe('eager agrees with finite differences', () => {
  const smooth = opCases.filter((testCase) => testCase.smooth !== false);
  it.each(smooth.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
    const operands = operandsOf(testCase);
    const at = await runCase(testCase, 'eager', operands);
    const step = 5e-3;
    const directions = Object.fromEntries(
      Object.entries(operands).map(([name, values]) => [name, seeded(13, testCase.name, name).normals(values.length)]),
    );
    const moved = async (scale: number): Promise<Record<string, Float32Array>> => {
      const shifted = Object.entries(operands).map(([name, values]) => {
        const direction = directions[name] as Float32Array;
        return [name, values.map((value, i) => value + scale * (direction[i] as number))] as const;
      });
      return await runCase(testCase, 'eager', Object.fromEntries(shifted));
    };
    const [ahead, behind] = [await moved(step), await moved(-step)];
    for (const [value, order] of [
      ['F', 'first'],
      ['s', 'second'],
    ] as const) {
      const measured = ((ahead[value]?.[0] as number) - (behind[value]?.[0] as number)) / (2 * step);
      let predicted = 0;
      let scale = 0;
      for (const [name, direction] of Object.entries(directions)) {
        const gradient = at[`${order}/${name}`] as Float32Array;
        gradient.forEach((g, i) => {
          predicted += g * (direction[i] as number);
          scale += g * g;
        });
      }
      // The error of a central difference is of third order; float32 sums add their own.
      const allowed = 0.02 * Math.sqrt(scale) + 2e-3 * (1 + Math.abs(at[value]?.[0] as number));
      expect(Math.abs(measured - predicted), `${order} order`).toBeLessThan(allowed);
    }
  });
});
