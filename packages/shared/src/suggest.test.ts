import { expect, it } from 'vitest';
import { closest } from './suggest.ts';

it.each([
  ['resolutoin', 'resolution'],
  ['male', 'Male'],
  ['Smilling', 'Smiling'],
  ['alhpa', 'alpha'],
])('%s is near to %s', (word, meant) => {
  expect(closest(word, ['alpha', 'Male', 'resolution', 'Smiling'])).toBe(meant);
});

it('suggests nothing where nothing is near', () => {
  expect(closest('generator', ['alpha', 'Male', 'Smiling'])).toBeUndefined();
  expect(closest('x', [])).toBeUndefined();
});
