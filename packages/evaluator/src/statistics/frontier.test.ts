import { expect, it } from 'vitest';
import { frontier, type Trade } from './frontier.ts';

const trade = (name: string, correct: number, leak: number, victims = 12): Trade => ({
  name,
  correct,
  tested: 1000,
  leaks: Array.from({ length: victims }, (_, v) => leak + (v - (victims - 1) / 2) / 100),
});

it('is what no other defence beats on both axes', () => {
  const points = frontier([
    trade('none', 900, 0.7),
    trade('clip', 890, 0.5),
    trade('noise', 700, 0.1),
    trade('worse than clip', 850, 0.6),
    trade('as accurate as noise', 700, 0.2),
  ]);
  expect(points.filter(({ optimal }) => optimal).map(({ name }) => name)).toEqual(['none', 'clip', 'noise']);
});

it('keeps two that are equal', () => {
  expect(frontier([trade('a', 5, 0.5), trade('b', 5, 0.5)]).map(({ optimal }) => optimal)).toEqual([true, true]);
});

it('has an interval on each axis around its point, and none over few victims', () => {
  const [many, few] = frontier([trade('many', 900, 0.5), trade('few', 900, 0.5, 5)]);
  expect(many?.accuracy).toBe(0.9);
  expect(many?.leak).toBeCloseTo(0.5, 12);
  const [low, high] = many?.accuracyInterval ?? [];
  expect(low).toBeCloseTo(0.8799, 3);
  expect(high).toBeCloseTo(0.917, 3);
  expect(many?.leakInterval?.[0]).toBeLessThan(0.5);
  expect(many?.leakInterval?.[1]).toBeGreaterThan(0.5);
  expect(few).not.toHaveProperty('leakInterval');
});
