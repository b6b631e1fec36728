import { describe, expect, test } from 'vitest';
import { ERRORS, EXIT, isLeakscopeError, LeakscopeError, reasonOf, show } from '../errors.ts';
import { errorsDocument } from './document.ts';

describe('registry', () => {
  test('codes are upper snake case, start with their area, and have a hint and a known exit code', () => {
    const areas =
      /^(ATTACK|CLI|CLIENT|CONFIG|DATA|DEFENSE|ENGINE|EVAL|MODEL|MODULE|PROTOCOL|SERVER|STORE|TENSORS|TRAIN)(_[A-Z0-9]+)+$/;
    for (const [code, error] of Object.entries(ERRORS)) {
      expect(code).toMatch(areas);
      expect(error.hint, code).toMatch(/\.$/);
      expect(Object.keys(EXIT), code).toContain(error.exit);
    }
  });

  test('docs/errors.md is what `pnpm docs:errors` writes', async () => {
    await expect(errorsDocument()).toMatchFileSnapshot('../../../../docs/errors.md');
  });

  test('a template names the details of the message', () => {
    expect(errorsDocument()).toContain('| `TENSORS_SHAPE_MISMATCH` | 3 | tensor ‹tensor› has shape [‹actual›]');
  });
});

describe('LeakscopeError', () => {
  test('carries code, message, hint, exit, details and cause', () => {
    const cause = new Error('unexpected end of file');
    const error = new LeakscopeError('DATA_IMAGE_CORRUPT', { path: 'a.png', reason: reasonOf(cause), cause, row: 7 });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('image a.png cannot be decoded: unexpected end of file');
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'DATA_IMAGE_CORRUPT',
      message: error.message,
      hint: ERRORS.DATA_IMAGE_CORRUPT.hint,
      exit: EXIT.input,
      details: { path: 'a.png', reason: 'unexpected end of file', row: 7 },
    });
  });

  test('isLeakscopeError narrows by code', () => {
    const error: unknown = new LeakscopeError('TENSORS_MISSING', { tensor: 'fc.bias' });
    expect(isLeakscopeError(error)).toBe(true);
    expect(isLeakscopeError(error, 'TENSORS_UNEXPECTED', 'TENSORS_MISSING')).toBe(true);
    expect(isLeakscopeError(error, 'TENSORS_UNEXPECTED')).toBe(false);
    expect(isLeakscopeError(new Error('TENSORS_MISSING'))).toBe(false);
  });
});

test('show prints any value, and never much of it', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect([undefined, null, 'a"b', 1n, Number.NaN, [1], circle].map(show)).toEqual([
    'undefined',
    'null',
    '"a\\"b"',
    '1',
    'NaN',
    '[1]',
    '[object Object]',
  ]);
  expect(show('x'.repeat(1000))).toHaveLength(120);
});
