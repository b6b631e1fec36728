import { expect, it } from 'vitest';
import { leakRecord } from '../record.fixture.ts';
import { fisherP } from './significance.ts';
import { type ClientSummary, summariseClients } from './summary.ts';

it('gives one line per stage, client and attack', () => {
  const records = [
    leakRecord(1, 0.1),
    leakRecord(2, 0.2),
    leakRecord(1, 0.1, { stage: 'trained' }),
    leakRecord(3, 0.4, { client: 'noise', defense: 'noise:sigma=0.1' }),
    leakRecord(1, 0.3, { attack: 'ig', attackIndex: 1 }),
  ];
  const summaries = summariseClients(records);
  expect(summaries.map(({ stage, client, attack, victims }) => [stage, client, attack, victims])).toEqual([
    ['untrained', 'none', 'ggl', 2],
    ['trained', 'none', 'ggl', 1],
    ['untrained', 'noise', 'ggl', 1],
    ['untrained', 'none', 'ig', 1],
  ]);
  expect(summaries[0]).toMatchObject({
    control: false,
    failures: 0,
    reconstructions: 2,
    rankFirstFraction: 1,
    medianRank: 1,
    decoys: 100,
  });
  expect(summaries[0]?.metrics.mse11).toBeCloseTo(0.15, 12);
  expect(summaries[0]?.leakAbovePrior).toBeCloseTo(0.7, 12);
  expect(summaries[0]?.p).toBeCloseTo(fisherP([1 / 101, 1 / 101]), 15);
});

it('counts one victim seen in twenty rounds once', () => {
  const records = Array.from({ length: 20 }, (_, round) => leakRecord(7, 0.1 + round / 1000, { round }));
  const [summary] = summariseClients([...records, leakRecord(8, 0.3)]);
  expect(summary).toMatchObject({ victims: 2, reconstructions: 21 });
  expect(summary?.p).toBeCloseTo(fisherP([1 / 101, 1 / 101]), 15);
  // The mean of two victims, not of 21 reconstructions.
  expect(summary?.metrics.mse11).toBeCloseTo((0.1095 + 0.3) / 2, 12);
});

it('counts failed attacks as showing the floor, and drops none', () => {
  const [summary] = summariseClients([leakRecord(1, 0.1), leakRecord(2, null)]);
  expect(summary).toMatchObject({ victims: 2, reconstructions: 1, failures: 1, rankFirstFraction: 0.5, medianRank: 1 });
  expect(summary?.leakAbovePrior).toBeCloseTo(0.4, 12);
  expect(summary?.metrics.mse11).toBeCloseTo(0.3, 12);
  expect(summary?.p).toBeCloseTo(fisherP([1 / 101, 1]), 15);
  const [nothing] = summariseClients([leakRecord(1, null), leakRecord(2, null)]);
  expect(nothing).toMatchObject({ leakAbovePrior: 0, shareOfCeiling: 0, p: 1, medianRank: null, rankFirstFraction: 0 });
});

it('gives no interval below 8 distinct victims, whatever the number of reconstructions', () => {
  const seven = Array.from({ length: 70 }, (_, k) => leakRecord(k % 7, 0.1 + (k % 7) / 50, { round: k }));
  expect(summariseClients(seven)[0]).not.toHaveProperty('leakInterval');
  const summary = summariseClients([...seven, leakRecord(7, 0.3)])[0] as ClientSummary;
  const [low, high] = summary.leakInterval ?? [Number.NaN, Number.NaN];
  expect(low).toBeLessThan(summary.leakAbovePrior);
  expect(high).toBeGreaterThan(summary.leakAbovePrior);
});
