/** The table of commands, in the order in which --help lists them. */
import type { Command } from './command.ts';
import defend from './commands/defend.ts';
import doctor from './commands/doctor.ts';
import gradient from './commands/gradient.ts';
import probeExecutor from './commands/probe-executor.ts';
import trainGenerator from './commands/train-generator.ts';

export const COMMANDS: readonly Command[] = [gradient, defend, trainGenerator, doctor, probeExecutor];
