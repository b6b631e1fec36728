/** The last lines of a run. */

import { count, percent, pValue } from './format.ts';
import type { ClientRow, RoundRow, RunReport } from './run/model.ts';
import { textTable } from './text-table.ts';

/** One line per client and stage; of a run that audited nothing, how well its model does. */
export const resultText = ({ clients, rounds }: Pick<RunReport, 'clients' | 'rounds'>): string =>
  clients.length === 0 ? accuracyLine(rounds) : summaryTable(clients);

function summaryTable(rows: readonly ClientRow[]): string {
  const staged = new Set(rows.map(({ stage }) => stage)).size > 1;
  const attacks = new Set(rows.map(({ attack }) => attack)).size > 1;
  const header = [
    'client',
    ...(staged ? ['stage'] : []),
    ...(attacks ? ['attack'] : []),
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

function accuracyLine(rounds: readonly RoundRow[]): string {
  const last = rounds.findLast(({ accuracy }) => accuracy !== null);
  if (last === undefined) return 'No update was audited, and no accuracy measured.';
  return `No update was audited. Accuracy ${percent(last.accuracy, 1)} after round ${last.round + 1}, stage ${last.stage}.`;
}
