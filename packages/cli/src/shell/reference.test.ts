/** docs/cli.md is what --help says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { commandReference } from './reference.ts';

it('docs/cli.md is up to date (pnpm docs:cli writes it)', () => {
  const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
  expect(page).toBe(commandReference(COMMANDS));
});
