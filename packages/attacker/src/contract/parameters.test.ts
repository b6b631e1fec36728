/** Parameters of an attack and of its parts: one flat list, each key its owner's. */

import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readParameters } from './parameters.ts';
import type { Part } from './part.ts';

const walk: Part = {
  kind: 'optimiser',
  name: 'walk',
  summary: 'on foot',
  params: z.strictObject({ steps: z.int().min(1).default(10) }),
};
const ride: Part = {
  kind: 'optimiser',
  name: 'ride',
  summary: 'on wheels',
  params: z.strictObject({ steps: z.int().default(2), wheels: z.int().min(1) }),
};
const ways = registry<Part>({
  kind: 'optimiser',
  builtIn: [walk, ride],
  contract: { check: () => undefined },
  kit: () => ({}),
  unknown: (details) => new LeakscopeError('ATTACK_PART_UNKNOWN', { kind: 'way', ...details }),
});
const attack = {
  name: 'journey',
  params: z.strictObject({ from: z.string(), seed: z.int().default(1) }),
  parts: { by: { among: ways, fallback: 'walk' } },
};

test('what is not said is completed: the part, its parameters and the own', async () => {
  expect(await readParameters(attack, { from: 'here' }, '.')).toEqual({
    record: { from: 'here', seed: 1, by: 'walk', steps: 10 },
    settings: { from: 'here', seed: 1, by: { part: walk, params: { steps: 10 } } },
  });
});

test('each part has defaults of its own, and gets no key of another owner', async () => {
  const { record, settings } = await readParameters(attack, { from: 'here', by: 'ride', wheels: 3 }, '.');
  expect(record).toEqual({ from: 'here', seed: 1, by: 'ride', steps: 2, wheels: 3 });
  expect(settings.by).toEqual({ part: ride, params: { steps: 2, wheels: 3 } });
});

describe('refused, by field, value and reason', () => {
  test.each([
    [
      { from: 'here', wheels: 3 },
      { field: 'wheels', value: 3, reason: 'journey has no such parameter with by=walk' },
    ],
    [
      { from: 'here', sails: 1 },
      { field: 'sails', value: 1, reason: 'journey has no such parameter' },
    ],
    [
      { from: 'here', steps: 0 },
      { field: 'steps', value: 0 },
    ],
    [
      { from: 'here', by: 'ride' },
      { field: 'wheels', value: undefined },
    ],
    [{}, { field: 'from', value: undefined }],
    [
      { from: 'here', toString: 1 },
      { field: 'toString', value: 1 },
    ],
  ])('%j', async (values, details) => {
    await expect(readParameters(attack, values, '.')).rejects.toMatchObject({
      code: 'ATTACK_PARAMETER_INVALID',
      details: { attack: 'journey', ...details },
    });
  });

  test('a part that is none', async () => {
    await expect(readParameters(attack, { from: 'here', by: 'rider' }, '.')).rejects.toMatchObject({
      code: 'ATTACK_PART_UNKNOWN',
      message: 'unknown way "rider" (ride?); known are walk, ride',
    });
  });
});
