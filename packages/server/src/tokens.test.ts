import { expect, test } from 'vitest';
import { tokenMatches } from './tokens.ts';

test('one token for everybody', () => {
  expect(tokenMatches('secret', 'a', 'secret')).toBe(true);
  expect(tokenMatches('secret', 'a', 'secret ')).toBe(false);
  expect(tokenMatches('secret', 'a', '')).toBe(false);
});

test('one token a client: another client cannot use it', () => {
  const tokens = { a: 'one', b: 'two' };
  expect(tokenMatches(tokens, 'a', 'one')).toBe(true);
  expect(tokenMatches(tokens, 'b', 'one')).toBe(false);
  expect(tokenMatches(tokens, 'toString', 'one')).toBe(false);
});
