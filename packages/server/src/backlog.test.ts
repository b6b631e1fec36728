import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

test('connections stop at the limit and go on one by one, the longest waiting first', () => {
  const backlog = new Backlog(100);
  const resumed: string[] = [];
  const add = (name: string, bytes: number) => backlog.add(bytes, () => resumed.push(name));
  expect(add('a', 60)).toBe(true);
  expect(add('b', 60)).toBe(false);
  expect(add('c', 10)).toBe(false);
  backlog.remove(10);
  expect(resumed).toEqual([]);
  backlog.remove(60);
  expect(resumed).toEqual(['b']);
  backlog.remove(60);
  expect(resumed).toEqual(['b', 'c']);
});

test('nobody is left waiting once everything is dealt with', () => {
  const backlog = new Backlog(10);
  const resumed: string[] = [];
  for (const name of ['a', 'b', 'c']) backlog.add(10, () => resumed.push(name));
  for (let i = 0; i < 3; i++) backlog.remove(10);
  expect(resumed).toEqual(['a', 'b', 'c']);
});
