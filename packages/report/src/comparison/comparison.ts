/** What several runs, or the clients of one, say of each other: paired differences, and accuracy against leak. */
import type { LeakRecord } from '@leakscope/evaluator';
import {
  type Comparison,
  compareRuns,
  type FrontierPoint,
  frontier,
  type Trade,
} from '@leakscope/evaluator/statistics';
import type { Experiment } from '@leakscope/shared/config';
import type { RoundRow } from '../run/model.ts';
import { variantsOf } from './variants.ts';

/** A run as it is compared. */
export interface ComparableRun {
  readonly name: string;
  readonly experiment: Experiment;
  readonly records: readonly LeakRecord[];
  readonly rounds: readonly Pick<RoundRow, 'stage' | 'accuracy'>[];
}

/** Of one attack in one stage: a point a variant. */
export interface StageFrontier {
  readonly stage: string;
  readonly attack: string;
  readonly attackIndex: number;
  readonly points: readonly FrontierPoint[];
}

/** comparison.json, as it is written. */
export interface ComparisonReport {
  /** Keys in which the experiments differ. */
  readonly varied: readonly string[];
  readonly runs: readonly { readonly name: string; readonly variant: string; readonly seed: number }[];
  readonly comparisons: readonly Comparison[];
  /** None where the clients of a run have different defences: accuracy is the federation's. */
  readonly frontiers: readonly StageFrontier[];
}

export function comparisonOf(runs: readonly ComparableRun[]): ComparisonReport {
  const { keys, names } = variantsOf(runs);
  const compared = runs.map((run, i) => ({ ...run, variant: names[i] as string, seed: run.experiment.seed }));
  return {
    varied: keys,
    runs: compared.map(({ name, variant, seed }) => ({ name, variant, seed })),
    comparisons: compareRuns(compared),
    frontiers: frontiersOf(compared),
  };
}

type ComparedRun = ComparableRun & { readonly variant: string };

function frontiersOf(runs: readonly ComparedRun[]): StageFrontier[] {
  const variants = Map.groupBy(runs, ({ variant }) => variant);
  const records = runs.flatMap((run) => audited(run));
  const mixed = runs.some((run) => new Set(audited(run).map(({ defense }) => defense)).size > 1);
  if (variants.size < 2 || mixed) return [];
  const settings = new Map(
    records.map(({ stage, attack, attackIndex }) => [
      JSON.stringify([stage, attackIndex]),
      { stage, attack, attackIndex },
    ]),
  );
  return [...settings.values()].flatMap((setting) => {
    const trades = [...variants].flatMap(([variant, own]) => tradeOf(variant, own, setting) ?? []);
    return trades.length < 2 ? [] : [{ ...setting, points: frontier(trades) }];
  });
}

const audited = ({ records }: ComparedRun): LeakRecord[] => records.filter(({ control }) => !control);

/** Over all seeds of a variant; undefined where nothing was audited or no accuracy measured. */
function tradeOf(
  name: string,
  runs: readonly ComparedRun[],
  { stage, attackIndex }: { stage: string; attackIndex: number },
): Trade | undefined {
  const records = runs
    .flatMap((run) => audited(run))
    .filter((record) => record.stage === stage && record.attackIndex === attackIndex);
  const victims = Map.groupBy(records, ({ victim }) => victim);
  const leaks = [...victims.values()].map(
    (own) => own.reduce((sum, { leakAbovePrior }) => sum + leakAbovePrior, 0) / own.length,
  );
  const tests = runs.flatMap(({ rounds, experiment }) => {
    const accuracy = rounds.findLast((round) => round.stage === stage && round.accuracy !== null)?.accuracy ?? null;
    const tested = experiment.stages.find(({ name: own }) => own === stage)?.training.testExamples ?? 0;
    return accuracy === null || tested === 0 ? [] : [{ correct: Math.round(accuracy * tested), tested }];
  });
  if (leaks.length === 0 || tests.length === 0) return undefined;
  return {
    name,
    leaks,
    correct: tests.reduce((sum, { correct }) => sum + correct, 0),
    tested: tests.reduce((sum, { tested }) => sum + tested, 0),
  };
}
