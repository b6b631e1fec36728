import { expect, test } from 'vitest';
import { sampleClients } from './sampling.ts';

const clients = ['a', 'b', 'c', 'd', 'e'];
const draw = { seed: 1, round: 0 };

test('all of them, in order', () => {
  expect(sampleClients(clients, 'all', draw)).toEqual(clients);
  expect(sampleClients(clients, 9, draw)).toEqual(clients);
});

test('the same draw gives the same clients, in the order of the experiment', () => {
  const chosen = sampleClients(clients, 3, draw);
  expect(chosen).toEqual(sampleClients(clients, 3, draw));
  expect(chosen).toEqual([...chosen].sort());
  expect(new Set(chosen).size).toBe(3);
});

test('over many rounds every client is drawn about equally often', () => {
  const counts = new Map<string, number>();
  for (let round = 0; round < 500; round++) {
    for (const id of sampleClients(clients, 2, { ...draw, round })) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  // 200 expected, standard deviation 11.
  for (const id of clients) expect(Math.abs((counts.get(id) ?? 0) - 200)).toBeLessThan(55);
});
