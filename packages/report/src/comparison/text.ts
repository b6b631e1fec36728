/** The comparison on a terminal: who leaks more than whom, and what each variant costs in accuracy. */
import type { Comparison } from '@leakscope/evaluator/statistics';
import { count, percent, pValue } from '../format.ts';
import { textTable } from '../text-table.ts';
import type { ComparisonReport } from './comparison.ts';

/** Empty where nothing shares a victim. */
export function comparisonText({
  comparisons,
  frontiers,
}: Pick<ComparisonReport, 'comparisons' | 'frontiers'>): string {
  return [...(comparisons.length > 0 ? [pairsTable(comparisons)] : []), ...frontiers.map(frontierTable)].join('\n\n');
}

function pairsTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ setting, a, b, pairs, difference, interval, adjustedP, verdict }) => [
    [setting.stage, setting.attack, setting.within].filter(Boolean).join(', '),
    a,
    b,
    count(pairs),
    signedPercent(difference),
    intervalText(interval),
    pValue(adjustedP),
    verdict,
  ]);
  const right = ['victims', 'difference', 'adjusted p'];
  return textTable(['setting', 'a', 'b', 'victims', 'difference', '95 %', 'adjusted p', 'verdict'], rows, right);
}

function frontierTable({ stage, attack, points }: ComparisonReport['frontiers'][number]): string {
  const rows = points.map(({ name, accuracy, accuracyInterval, leak, leakInterval, optimal }) => [
    name,
    percent(accuracy, 1),
    intervalText(accuracyInterval),
    percent(leak, 1),
    intervalText(leakInterval),
    optimal ? 'yes' : 'no',
  ]);
  const header = [`${stage}, ${attack}`, 'accuracy', '95 % of accuracy', 'leak', '95 % of leak', 'optimal'];
  return textTable(header, rows, ['accuracy', 'leak']);
}

/** As `12 % to 34 %`; a dash where there are too few victims. */
export const intervalText = (interval: readonly [low: number, high: number] | undefined): string =>
  interval === undefined ? '–' : `${percent(interval[0], 1)} to ${percent(interval[1], 1)}`;

/** A difference says its direction. */
export const signedPercent = (value: number): string => `${value > 0 ? '+' : ''}${percent(value, 1)}`;
