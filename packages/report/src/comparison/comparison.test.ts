/** Runs of an experiment in several variants: what is paired, what is set against accuracy, and how the terminal shows it. */
import { parseExperiment } from '@leakscope/shared/config';
import { expect, it } from 'vitest';
import { leakRecord } from '../../../evaluator/src/record.fixture.ts';
import { type ComparableRun, comparisonOf } from './comparison.ts';
import { comparisonText } from './text.ts';

function run(defense: string, mse: number, { seed = 1, accuracy = 0.9, victims = 12 } = {}): ComparableRun {
  const set = [`seed=${seed}`, `clients.0.defense=${defense}`];
  const experiment = parseExperiment(
    'stages: [{ name: untrained, rounds: 1, testExamples: 500 }]\nclients: [{ id: a }]',
    {
      set,
    },
  );
  const records = Array.from({ length: victims }, (_, v) =>
    leakRecord(v, mse + (v % 5) / 100, { client: 'a', defense, victim: `face-${v}` }),
  );
  return {
    name: `${defense} ${seed}`,
    experiment,
    records: [...records, leakRecord(40, 0.01, { client: 'control', control: true })],
    rounds: [
      { stage: 'untrained', accuracy: 0.1 },
      { stage: 'untrained', accuracy },
      { stage: 'untrained', accuracy: null },
    ],
  };
}

it('pairs variants on equal victims and sets the accuracy of all seeds against the leak', () => {
  const { varied, runs, comparisons, frontiers } = comparisonOf([
    run('none', 0.1),
    run('none', 0.1, { seed: 2, accuracy: 0.8 }),
    run('noise:sigma=0.1', 0.4),
    run('noise:sigma=0.1', 0.4, { seed: 2 }),
  ]);
  expect(varied).toEqual(['defense']);
  expect(runs.map(({ variant, seed }) => [variant, seed])).toEqual([
    ['none', 1],
    ['none', 2],
    ['noise:sigma=0.1', 1],
    ['noise:sigma=0.1', 2],
  ]);
  expect(comparisons).toMatchObject([{ a: 'none', b: 'noise:sigma=0.1', pairs: 12, leaksMore: 'none' }]);
  expect(comparisons[0]?.difference).toBeCloseTo(0.6, 12);
  const [frontier] = frontiers;
  // 450 and 400 right, of 500 each; the last measured round counts, the control's leak does not.
  expect(frontier?.points.map(({ accuracy }) => accuracy)).toEqual([0.85, 0.9]);
  expect(frontier?.points[0]?.leak).toBeCloseTo(1 - (0.1 + (0.01 * 2 * 10 + 0.01) / 12) / 0.5, 6);
  expect(frontier?.points.map(({ optimal }) => optimal)).toEqual([false, true]);
});

it('one run compares its clients, and has no frontier', () => {
  const one = run('none', 0.1);
  const other = one.records.map((record) => ({ ...record, client: 'b', defense: 'clip:bound=1' }));
  const { comparisons, frontiers } = comparisonOf([{ ...one, records: [...one.records, ...other] }]);
  expect(comparisons).toMatchObject([{ a: 'a', b: 'b', pairs: 12, verdict: 'not told apart', difference: 0 }]);
  expect(frontiers).toEqual([]);
});

it('is a table on the terminal, and nothing where nothing is shared', () => {
  const report = comparisonOf([run('none', 0.1), run('noise:sigma=0.1', 0.4)]);
  const text = comparisonText(report);
  expect(text).toMatch(
    /untrained, ggl +none +noise:sigma=0\.1 +12 +\+60\.0 % .* none leaks more than noise:sigma=0\.1/,
  );
  expect(text).toMatch(/noise:sigma=0\.1 +90\.0 % +87\.1 % to 92\.3 % .* yes/);
  expect(comparisonText(comparisonOf([run('none', 0.1)]))).toBe('');
});
