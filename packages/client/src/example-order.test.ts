import fc from 'fast-check';
import { expect, test } from 'vitest';
import { examplesAt } from './example-order.ts';

const shard = Array.from({ length: 23 }, (_, i) => 100 + i);
const order = { seed: 7, clientId: 'a', shard };

test('one pass holds every example once', () => {
  const pass = examplesAt(order, 0, shard.length);
  expect([...pass].sort((a, b) => a - b)).toEqual(shard);
  expect(pass).not.toEqual(shard);
});

test('the next pass is another order of the same examples', () => {
  const second = examplesAt(order, shard.length, shard.length);
  expect([...second].sort((a, b) => a - b)).toEqual(shard);
  expect(second).not.toEqual(examplesAt(order, 0, shard.length));
});

test('clients and seeds draw apart', () => {
  expect(examplesAt({ ...order, clientId: 'b' }, 0, 5)).not.toEqual(examplesAt(order, 0, 5));
  expect(examplesAt({ ...order, seed: 8 }, 0, 5)).not.toEqual(examplesAt(order, 0, 5));
});

test('a batch depends on its position alone, not on the batches before it', () => {
  fc.assert(
    fc.property(fc.nat(80), fc.nat(40), fc.nat(40), (start, first, second) => {
      const whole = examplesAt(order, start, first + second);
      expect([...examplesAt(order, start, first), ...examplesAt(order, start + first, second)]).toEqual(whole);
    }),
  );
});

test('shared victims come first, once, and in their order; later passes shuffle all', () => {
  const victims = [111, 103, 120];
  const first = examplesAt({ ...order, victims }, 0, shard.length);
  expect(first.slice(0, 3)).toEqual(victims);
  expect(first.toSorted((a, b) => a - b)).toEqual(shard);
  expect(examplesAt({ ...order, victims }, shard.length, shard.length)).toEqual(
    examplesAt(order, shard.length, shard.length),
  );
});
