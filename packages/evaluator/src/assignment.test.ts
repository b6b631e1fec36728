import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assign } from './assignment.ts';

/** The least total cost of all assignments of the rows from `row` on, by trying each. */
function least(costs: readonly (readonly number[])[], row = 0, taken: ReadonlySet<number> = new Set()): number {
  const own = costs[row];
  if (own === undefined) return 0;
  const columns = own.map((_, j) => j).filter((j) => !taken.has(j));
  return Math.min(...columns.map((j) => (own[j] as number) + least(costs, row + 1, new Set([...taken, j]))));
}

const table = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }))
  .chain(([rows, more]) =>
    fc.array(
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: rows + more, maxLength: rows + more }),
      { minLength: rows, maxLength: rows },
    ),
  );

it('costs as little as the best of all assignments, and gives no column twice', () => {
  fc.assert(
    fc.property(table, (costs) => {
      const columns = assign(costs);
      expect(new Set(columns).size).toBe(costs.length);
      const total = columns.reduce<number>((sum, column, i) => sum + (costs[i]?.[column as number] as number), 0);
      expect(total).toBeCloseTo(least(costs), 9);
    }),
  );
});

it('leaves rows over where there are fewer columns: those that cost most', () => {
  expect(assign([[5], [1], [3]])).toEqual([null, 0, null]);
  expect(assign([])).toEqual([]);
});

it('is not the nearest of each: two faces that lie nearest to one image share it with nobody', () => {
  expect(
    assign([
      [1, 2],
      [1, 9],
    ]),
  ).toEqual([1, 0]);
});

it('refuses what cannot be compared', () => {
  expect(() => assign([[1, Number.NaN]])).toThrow(RangeError);
});
