/** Errors of the command line. */
import { entry } from './entry.ts';

export const cliErrors = {
  CLI_INTERRUPTED: entry<{ run: string }>(
    'interrupted',
    (d) => `interrupted; ${d.run} can be resumed`,
    'Run the same command again to go on.',
  ),
};
