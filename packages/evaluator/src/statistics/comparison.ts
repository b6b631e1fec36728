/** Which of several defences, attacks or runs leaks more: paired over the victims that they share. */
import { seeded } from '@leakscope/shared/random';
import type { LeakRecord } from '../record.ts';
import { holm } from './holm.ts';
import { signedRankTest } from './signed-rank.ts';
import { bootstrapInterval, mean } from './significance.ts';

/** One side of comparisons. */
export interface Arm {
  /** Of the defence, client, attack or run. */
  readonly name: string;
  /** Only arms of the same setting are compared: the stage and the attack, where defences are. */
  readonly setting: string;
  readonly records: readonly LeakRecord[];
}

export interface Comparison {
  readonly setting: string;
  /** Names of the arms, in the order given. */
  readonly a: string;
  readonly b: string;
  /** Victims that both have. */
  readonly pairs: number;
  /** Mean of leak above prior under a minus that under b, over these victims. */
  readonly difference: number;
  /** 95 % bootstrap interval over victims; absent below 8 of them. */
  readonly interval?: readonly [low: number, high: number];
  /** Wilcoxon's signed-rank test, two-sided; and after Holm, over all comparisons made together. */
  readonly p: number;
  readonly adjustedP: number;
  /** The arm that leaks more; null where they are not told apart. */
  readonly leaksMore: string | null;
  readonly verdict: string;
}

/** Largest adjusted p-value at which a winner is named. */
const LEVEL = 0.05;

/**
 * Compares the clients of a run at each stage and by each attack, controls left out; see `compareArms`. With one defence a client
 * these are comparisons of defences.
 */
export function compareDefences(records: readonly LeakRecord[]): Comparison[] {
  const groups = Map.groupBy(
    records.filter(({ control }) => !control),
    ({ stage, attackIndex, client }) => JSON.stringify([stage, attackIndex, client]),
  );
  return compareArms(
    [...groups.values()].map((own) => {
      const [{ stage, attack, attackIndex, client }] = own as [LeakRecord];
      return { name: client, setting: `${stage}, ${attack} (${attackIndex})`, records: own };
    }),
  );
}

/**
 * Compares every two arms of the same setting that share a victim, in their order. A victim seen several times in one arm counts once,
 * with its mean; a failed attack counts as leak 0. A winner is named where Holm's p is at most .05 and ranks and mean agree on it.
 */
export function compareArms(arms: readonly Arm[]): Comparison[] {
  const leaks = arms.map(({ records }) => leakByVictim(records));
  const pairs = arms.flatMap((a, i) =>
    arms.slice(i + 1).flatMap((b, offset) => {
      if (a.setting !== b.setting) return [];
      const [left, right] = [leaks[i], leaks[i + 1 + offset]] as [Map<number, number>, Map<number, number>];
      const differences = [...left].flatMap(([victim, leak]) => {
        const other = right.get(victim);
        return other === undefined ? [] : [leak - other];
      });
      return differences.length === 0 ? [] : [{ a, b, differences, test: signedRankTest(differences) }];
    }),
  );
  const adjusted = holm(pairs.map(({ test }) => test.p));
  return pairs.map(({ a, b, differences, test }, k) => {
    const difference = mean(differences);
    const interval = bootstrapInterval(differences, seeded('comparison', a.setting, a.name, b.name));
    const told = (adjusted[k] as number) <= LEVEL && Math.sign(difference) === test.direction;
    const [more, less] = test.direction > 0 ? [a.name, b.name] : [b.name, a.name];
    return {
      setting: a.setting,
      a: a.name,
      b: b.name,
      pairs: differences.length,
      difference,
      ...(interval !== undefined && { interval }),
      p: test.p,
      adjustedP: adjusted[k] as number,
      leaksMore: told ? more : null,
      verdict: told ? `${more} leaks more than ${less}` : 'not told apart',
    };
  });
}

function leakByVictim(records: readonly LeakRecord[]): Map<number, number> {
  const victims = Map.groupBy(records, ({ victimIndex }) => victimIndex);
  return new Map([...victims].map(([victim, own]) => [victim, mean(own.map(({ leakAbovePrior }) => leakAbovePrior))]));
}
