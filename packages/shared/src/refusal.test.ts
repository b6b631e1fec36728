import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { refusalOf } from './refusal.ts';

const schema = z.strictObject({
  bound: z.number().positive(),
  inner: z.strictObject({ scope: z.enum(['global', 'layer']) }).optional(),
  seed: z.union([z.string(), z.number()]).optional(),
});

function refusal(value: unknown) {
  const { error } = schema.safeParse(value);
  return error === undefined ? undefined : refusalOf(error, value);
}

describe('refusalOf', () => {
  it('names the field and the value', () => {
    expect(refusal({ bound: -3 })).toMatchObject({ field: 'bound', path: ['bound'], value: -3, unknownKey: undefined });
  });

  it('reports a mistyped key before the one that is missing for it', () => {
    expect(refusal({ buond: 4 })).toMatchObject({ field: 'buond', value: 4, unknownKey: 'buond' });
  });

  it('follows the path into nested values', () => {
    expect(refusal({ bound: 1, inner: { scope: 'global', scop: 'x' } })).toMatchObject({
      field: 'inner.scop',
      value: 'x',
    });
  });

  it('says each of the ways in which a union was not met', () => {
    expect(refusal({ bound: 1, seed: true })?.reason).toBe(
      'expected string, received boolean, or expected number, received boolean',
    );
  });

  it('has no field where the whole value is refused', () => {
    expect(refusal(null)).toMatchObject({ field: '', path: [], value: null });
  });
});
