/** `pnpm docs:cli`: writes docs/cli.md from the commands' tables. */
import { writeFileSync } from 'node:fs';
import { COMMANDS } from '../packages/cli/src/commands.ts';
import { commandReference } from '../packages/cli/src/reference.ts';

writeFileSync(new URL('../docs/cli.md', import.meta.url), commandReference(COMMANDS));
