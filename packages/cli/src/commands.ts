/** The table of commands, in the order in which --help lists them. */

import attack from './commands/attack.ts';
import attacker from './commands/attacker.ts';
import bench from './commands/bench.ts';
import client from './commands/client.ts';
import compare from './commands/compare.ts';
import conformance from './commands/conformance.ts';
import defend from './commands/defend.ts';
import doctor from './commands/doctor.ts';
import evaluator from './commands/evaluator.ts';
import gradient from './commands/gradient.ts';
import report from './commands/report.ts';
import server from './commands/server.ts';
import simulate from './commands/simulate.ts';
import trainGenerator from './commands/train-generator.ts';
import type { Command } from './shell/command.ts';

export const COMMANDS: readonly Command[] = [
  simulate,
  compare,
  server,
  client,
  attacker,
  evaluator,
  gradient,
  defend,
  attack,
  trainGenerator,
  report,
  bench,
  conformance,
  doctor,
];
