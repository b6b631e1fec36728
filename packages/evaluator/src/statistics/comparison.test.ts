import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { leakRecord } from '../record.fixture.ts';
import type { LeakRecord } from '../record.ts';
import type { Arm, ComparedRun } from './arms.ts';
import { type Comparison, compareArms, compareRuns } from './comparison.ts';
import { holm } from './holm.ts';

const compareClients = (records: readonly LeakRecord[]): Comparison[] =>
  compareRuns([{ variant: '', seed: 0, records }]);

/**
 * Records of one client with Gaussian noise: faces differ in how much of them the gradient carries, noise drowns it by its variance, and
 * each attack has luck of its own.
 */
function noisyClient(seed: number, client: string, sigma: number, victims: number): LeakRecord[] {
  const luck = seeded(seed, client);
  return Array.from({ length: victims }, (_, victim) => {
    const signal = 0.05 * Math.exp(0.5 * seeded(seed, 'face', victim).normal());
    const hidden = sigma ** 2 / (sigma ** 2 + signal ** 2);
    const mse = 0.02 + 0.48 * hidden + 0.05 * luck.normal();
    return leakRecord(victim, mse, { client, defense: `noise:kind=gaussian,sigma=${sigma}` });
  });
}

it('two clients with the same defence are not told apart in at least 19 of 20 seeds', () => {
  const told = Array.from({ length: 20 }, (_, seed) =>
    compareClients([...noisyClient(seed, 'a', 0.05, 12), ...noisyClient(seed, 'b', 0.05, 12)]),
  ).filter(([comparison]) => comparison?.leaksMore !== null);
  expect(told.length).toBeLessThanOrEqual(1);
});

it('a sigma ten times as large is told apart with 12 victims, in every one of 20 seeds', () => {
  for (let seed = 0; seed < 20; seed++) {
    const [comparison] = compareClients([
      ...noisyClient(seed, 'loud', 0.1, 12),
      ...noisyClient(seed, 'soft', 0.01, 12),
    ]);
    expect(comparison).toMatchObject({ pairs: 12, leaksMore: 'soft', verdict: 'soft leaks more than loud' });
    const { difference, interval } = comparison as Comparison;
    expect(interval?.[0]).toBeLessThan(difference);
    expect(interval?.[1]).toBeLessThan(0);
  }
});

it('pairs equal victims alone, each once, and counts failures as no leak', () => {
  const a = [leakRecord(1, 0.1), leakRecord(1, 0.2, { round: 1 }), leakRecord(2, 0.1), leakRecord(7, 0.4)];
  const b = [leakRecord(2, null), leakRecord(1, 0.25), leakRecord(9, 0.1)].map((r) => ({ ...r, client: 'other' }));
  const [comparison] = compareClients([...a, ...b]);
  // Victim 1: 1 - .15/.5 against 1 - .25/.5; victim 2: .8 against 0.
  expect(comparison).toMatchObject({ a: 'none', b: 'other', pairs: 2, leaksMore: null, verdict: 'not told apart' });
  expect(comparison?.difference).toBeCloseTo((0.2 + 0.8) / 2, 12);
  expect(comparison).not.toHaveProperty('interval');
});

it('compares within a stage and an attack, leaves out controls and arms that share no victim', () => {
  const of = (client: string, victim: number, change: Partial<LeakRecord> = {}) =>
    leakRecord(victim, 0.1, { client, ...change });
  const comparisons = compareClients([
    of('a', 1),
    of('b', 1),
    of('c', 2),
    of('swapped', 1, { control: true }),
    of('a', 1, { stage: 'trained' }),
    of('b', 1, { stage: 'trained' }),
    of('a', 1, { attack: 'ig', attackIndex: 1 }),
  ]);
  expect(comparisons.map(({ setting, a, b }) => [setting.stage, a, b])).toEqual([
    ['untrained', 'a', 'b'],
    ['trained', 'a', 'b'],
  ]);
});

it('pays for many comparisons: what is told apart alone is not among 28', () => {
  const setting = { stage: 'untrained', attack: 'ggl', attackIndex: 0, within: null };
  const arm = (name: string, victims: LeakRecord[]): Arm => ({ name, setting, bySeed: new Map([[0, victims]]) });
  const six = (leak: number) => Array.from({ length: 6 }, (_, v) => leakRecord(v, leak + v / 1000));
  const pair = [arm('none', six(0.1)), arm('noise', six(0.3))];
  expect(compareArms(pair)[0]).toMatchObject({ p: 1 / 32, adjustedP: 1 / 32, leaksMore: 'none' });
  const others = ['c', 'd', 'e', 'f', 'g', 'h'].map((name) => arm(name, six(0.2)));
  const comparisons = compareArms([...pair, ...others]);
  expect(comparisons).toHaveLength(28);
  expect(comparisons[0]).toMatchObject({ p: 1 / 32, leaksMore: null, verdict: 'not told apart' });
});

const run = (variant: string, seed: number, ...records: LeakRecord[]): ComparedRun => ({
  variant,
  seed,
  records: records.map((record) => ({ ...record, defense: variant })),
});

it('takes differences within a seed, and counts a face of several seeds once', () => {
  const [comparison, ...others] = compareRuns([
    run('none', 1, leakRecord(1, 0.1), leakRecord(2, 0.1)),
    run('none', 2, leakRecord(1, 0.3)),
    run('none', 3, leakRecord(1, 0.4)),
    run('noise', 1, leakRecord(1, 0.2), leakRecord(2, 0.4)),
    run('noise', 2, leakRecord(1, 0.5)),
  ]);
  expect(others).toEqual([]);
  expect(comparison).toMatchObject({ a: 'none', b: 'noise', pairs: 2, setting: { within: null } });
  // Victim 1: .2 at seed 1, .4 at seed 2, nothing to hold seed 3 against; victim 2: .6.
  expect(comparison?.difference).toBeCloseTo((0.3 + 0.6) / 2, 12);
});

it('pools the clients of a variant, whose defence is one, and compares client by client where it is not', () => {
  const pooled = compareRuns([
    run('none', 1, leakRecord(1, 0.1, { client: 'x' }), leakRecord(2, 0.1, { client: 'y' })),
    run('noise', 1, leakRecord(1, 0.2, { client: 'x' }), leakRecord(2, 0.4, { client: 'y' })),
  ]);
  expect(pooled.map(({ pairs, setting }) => [pairs, setting.within])).toEqual([[2, null]]);
  const mixed = ['steps=1', 'steps=2'].map((variant) => ({
    variant,
    seed: 1,
    records: ['none', 'clip:bound=1'].map((defense) => leakRecord(1, 0.1, { client: defense, defense })),
  }));
  expect(compareRuns(mixed).map(({ a, b, setting }) => [a, b, setting.within])).toEqual([
    ['none', 'clip:bound=1', 'steps=1'],
    ['none', 'clip:bound=1', 'steps=2'],
    ['steps=1', 'steps=2', 'none'],
    ['steps=1', 'steps=2', 'clip:bound=1'],
  ]);
});

it('names nobody where ranks and mean disagree', () => {
  // Eleven victims leak a little more under a, the twelfth far more under b.
  const a = Array.from({ length: 12 }, (_, v) => leakRecord(v, 0.2 + (v === 11 ? 0.29 : 0)));
  const b = Array.from({ length: 12 }, (_, v) =>
    leakRecord(v, 0.205 + v / 1e4 - (v === 11 ? 0.2 : 0), { client: 'b' }),
  );
  const [comparison] = compareClients([...a, ...b]);
  expect(comparison?.p).toBeLessThan(0.05);
  expect(comparison?.difference).toBeLessThan(0);
  expect(comparison?.leaksMore).toBeNull();
});

it('Holm: the textbook example, monotone and in the order given', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});
