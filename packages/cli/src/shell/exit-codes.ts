/** What each exit code of the command means; docs/cli.md and --help print this table. */
import { EXIT } from '@leakscope/shared/errors';

type Exit = keyof typeof EXIT;

const MEANINGS: Record<Exit, string> = {
  ok: 'done',
  internal: 'a fault of Leakscope itself',
  usage: 'the command line or the experiment file is wrong',
  input: 'a file given to the command is missing, damaged or of the wrong kind',
  environment: 'this machine lacks something the command needs',
  network: 'a connection failed or broke the protocol',
  storage: 'the run folder cannot be read or written',
  computation: 'a computation or a process of the run failed',
  interrupted: 'interrupted; a run can be resumed, another command is to be run again',
};

export const EXIT_CODES: readonly { readonly name: Exit; readonly code: number; readonly meaning: string }[] = (
  Object.keys(MEANINGS) as Exit[]
).map((name) => ({ name, code: EXIT[name], meaning: MEANINGS[name] }));
