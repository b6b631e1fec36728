import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '@leakscope/shared/errors';
import { expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Sources of all packages but tests and the registry itself. */
function sources(): string[] {
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .filter((path) => !(name === 'shared' && path.startsWith('errors')))
      .map((path) => readFileSync(join(folder, path), 'utf8'));
  });
}

test('every code of the registry is thrown somewhere', () => {
  const text = sources().join('\n');
  expect(Object.keys(ERRORS).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});
