import { expect, test } from 'vitest';
import { countCorrect, oneHot } from './class-labels.ts';

test('one-hot rows', () => {
  expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
});

test.each([[[0, 2]], [[-1]], [[0.5]]])('labels %j are refused beside a head of two classes', (labels) => {
  expect(() => oneHot(labels, 2)).toThrow(expect.objectContaining({ code: 'MODEL_LABEL_INVALID' }));
});

test('counts rows that are largest at their label, and leaves rows without one alone', () => {
  const logits = new Float32Array([0.1, 0.9, 3, -1, -5, -4, 9, 9]);
  expect(countCorrect(logits, [1, 0, 0], 2)).toBe(2);
});

test('a row of NaN is never right', () => {
  expect(countCorrect(new Float32Array([Number.NaN, Number.NaN]), [0], 2)).toBe(0);
});
