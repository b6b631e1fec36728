import { expect, test } from 'vitest';
import { fabricatedRow } from './run/run.fixture.ts';
import { resultText } from './summary-table.ts';

const round = (number: number, accuracy: number | null) => ({ stage: 'training', round: number, accuracy, leaks: [] });

test('a run that audited nothing says how well its model does', () => {
  expect(resultText({ clients: [], rounds: [round(0, 0.5), round(1, 0.8975), round(2, null)] })).toBe(
    'No update was audited. Accuracy 89.8 % after round 2, stage training.',
  );
  expect(resultText({ clients: [], rounds: [] })).toBe('No update was audited, and no accuracy measured.');
});

test.each([
  ['one attack', [{}, { client: 'noise' }]],
  ['two attacks', [{}, { attack: 'ig' }]],
  ['two stages and two attacks', [{}, { attack: 'ig', stage: 'trained' }]],
])('every column has a heading with %s', (_, changes) => {
  const [header = '', ...rows] = resultText({ clients: changes.map(fabricatedRow), rounds: [] }).split('\n');
  const columns = (line: string) => line.split(/ {2,}/).length;
  for (const row of rows) expect(columns(row)).toBe(columns(header));
});
