/** Which of two clients, or of two variants of an experiment, leaks more: paired over the victims that they share. */
import { seeded } from '@leakscope/shared/random';
import type { LeakRecord } from '../record.ts';
import { type Arm, armsOf, type ComparedRun, type Setting } from './arms.ts';
import { holm } from './holm.ts';
import { signedRankTest } from './signed-rank.ts';
import { bootstrapInterval, mean } from './significance.ts';

export interface Comparison {
  readonly setting: Setting;
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

/** Compares the clients of a run, or the variants of an experiment; which, says `armsOf`. */
export const compareRuns = (runs: readonly ComparedRun[]): Comparison[] => compareArms(armsOf(runs));

/**
 * Compares every two arms of the same setting that share a victim, in their order. A victim seen several times in one arm counts once,
 * with its mean; a failed attack counts as leak 0. A winner is named where Holm's p is at most .05 and ranks and mean agree on it.
 */
export function compareArms(arms: readonly Arm[]): Comparison[] {
  const groups = Map.groupBy(arms, ({ setting }) => JSON.stringify(setting));
  const pairs = [...groups.values()].flatMap((group) =>
    group.flatMap((a, i) =>
      group.slice(i + 1).flatMap((b) => {
        const differences = pairedDifferences(a, b);
        return differences.length === 0 ? [] : [{ a, b, differences, test: signedRankTest(differences) }];
      }),
    ),
  );
  const adjusted = holm(pairs.map(({ test }) => test.p));
  return pairs.map(({ a, b, differences, test }, k) => {
    const difference = mean(differences);
    const interval = bootstrapInterval(differences, seeded('comparison', JSON.stringify(a.setting), a.name, b.name));
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

/** One a shared victim: the mean, over the seeds at which both have it, of its leak under a minus that under b. */
function pairedDifferences(a: Arm, b: Arm): number[] {
  const differences = new Map<string, number[]>();
  for (const [seed, records] of a.bySeed) {
    const other = leakByVictim(b.bySeed.get(seed) ?? []);
    for (const [victim, leak] of leakByVictim(records)) {
      const under = other.get(victim);
      if (under !== undefined) differences.set(victim, [...(differences.get(victim) ?? []), leak - under]);
    }
  }
  return [...differences.values()].map(mean);
}

/** By the victim's name, which two runs on one dataset share. */
function leakByVictim(records: readonly LeakRecord[]): Map<string, number> {
  const victims = Map.groupBy(records, ({ victim }) => victim);
  return new Map([...victims].map(([victim, own]) => [victim, mean(own.map(({ leakAbovePrior }) => leakAbovePrior))]));
}
