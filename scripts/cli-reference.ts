/** `pnpm docs:cli`: writes docs/cli.md from the commands' tables. */
import { writeFileSync } from 'node:fs';
import { COMMANDS } from '@leakscope/cli/commands';
import { commandReference } from '@leakscope/cli/reference';

writeFileSync(new URL('../docs/cli.md', import.meta.url), commandReference(COMMANDS));
