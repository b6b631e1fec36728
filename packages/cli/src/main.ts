/** The process: arguments in, exit code out. */
import { COMMANDS } from './commands.ts';
import { runCommandLine } from './shell/run.ts';

// exitCode, not exit(): what is still being written to a pipe gets out; nothing keeps the event loop alive by then.
process.exitCode = await runCommandLine(process.argv.slice(2), COMMANDS);
process.disconnect?.();
