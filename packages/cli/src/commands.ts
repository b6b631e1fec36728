/** The table of commands, in the order in which --help lists them. */
import type { Command } from './command.ts';
import doctor from './commands/doctor.ts';
import probeExecutor from './commands/probe-executor.ts';

export const COMMANDS: readonly Command[] = [doctor, probeExecutor];
