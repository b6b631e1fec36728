/** Few victims are shown of many: the extremes and the middle, of every group before a second of any. */
import { expect, it } from 'vitest';
import { leakRecord } from '../../../evaluator/src/record.fixture.ts';
import { shownRecords } from './shown-victims.ts';

it('shows most, median and least of a large group, all of a small one', () => {
  const many = Array.from({ length: 9 }, (_, v) => leakRecord(v, (v + 1) / 20));
  const few = [leakRecord(20, 0.4, { client: 'b' }), leakRecord(21, 0.3, { client: 'b' })];
  expect(shownRecords([...many, ...few]).map(({ record, place, of }) => [record.victimIndex, place, of])).toEqual([
    [0, 'most', 9],
    [21, null, 2],
    [4, 'median', 9],
    [20, null, 2],
    [8, 'least', 9],
  ]);
});

it('takes attacks and stages for groups of their own', () => {
  const records = [0, 1].flatMap((attackIndex) =>
    Array.from({ length: 5 }, (_, v) => leakRecord(v, (v + 1) / 20, { attackIndex })),
  );
  expect(shownRecords(records)).toHaveLength(6);
});
