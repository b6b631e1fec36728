import { expect, test } from 'vitest';
import { estimationError } from './estimation-error.ts';

test('tells relative errors of parameters', () => {
  expect(estimationError({ noise: { sigma: 0.11 } }, 'noise:sigma=0.1')).toEqual({
    noise: { sigma: expect.closeTo(0.1, 10) },
  });
  const clip = { clip: { scope: 'global', bound: 2, factor: 0.5 } } as const;
  expect(estimationError(clip, 'clip:bound=4')).toEqual({ clip: { bound: -0.5 } });
  expect(estimationError(clip, 'clip:bound=2,scope=layer')).toEqual({ clip: { bound: 0, scope: 'wrong' } });
});

test('tells what was missed and what was imagined', () => {
  expect(estimationError({ noise: { sigma: 1 } }, 'clip:bound=4+noise:sigma=1')).toEqual({
    clip: 'missed',
    noise: { sigma: 0 },
  });
  expect(estimationError({ soteria: { fraction: 0.8 } }, 'none')).toEqual({ soteria: 'imagined' });
  expect(estimationError({}, './sign.ts:scale=0.5')).toEqual({ './sign.ts': 'missed' });
});

test('an undefended update in which nothing was found has no error; an attack that did not look has none to tell', () => {
  expect(estimationError({}, 'none')).toEqual({});
  expect(estimationError(undefined, 'clip:bound=4')).toBeNull();
});
