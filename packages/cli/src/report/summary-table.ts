/** The last lines of a run: one line per client and stage. */
import { textTable } from '../table.ts';
import { count, percent, pValue } from './format.ts';
import type { ClientRow } from './model.ts';

export function summaryTable(rows: readonly ClientRow[]): string {
  const staged = new Set(rows.map(({ stage }) => stage)).size > 1;
  const attacks = new Set(rows.map(({ attack }) => attack)).size > 1;
  const header = [
    'client',
    ...(staged ? ['stage'] : []),
    'defence',
    'accuracy',
    'leak above prior',
    'p-value',
    'victims',
    'failed',
  ];
  const body = rows.map((row) => [
    row.control ? `${row.client} (control)` : row.client,
    ...(staged ? [row.stage] : []),
    ...(attacks ? [row.attack] : []),
    row.defense,
    percent(row.accuracy, 1),
    percent(row.leakAbovePrior, 1),
    pValue(row.pValue),
    count(row.victims),
    count(row.failures),
  ]);
  return textTable(header, body, ['accuracy', 'leak above prior', 'p-value', 'victims', 'failed']);
}
