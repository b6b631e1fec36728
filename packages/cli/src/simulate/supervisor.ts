/** Child processes of a run: each logs to its own file, reports by messages, and is started again a bounded number of times. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@leakscope/shared/errors';
import { LAUNCHER } from '../shell/child.ts';

export interface ProcessSpec {
  /** Names the log file and every message about it: `server`, `client-noise`, `attacker-1`. */
  readonly name: string;
  /** Command line; `start` counts the starts of this process, from 0. */
  readonly argv: (start: number) => readonly string[];
  /** What the child sees of the environment; all of it by default. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder?: string;
  /** How often it is started again after a crash. */
  readonly restarts: number;
  readonly onMessage?: (message: unknown) => void;
}

export interface Ending {
  readonly name: string;
  /** Exit code as text, or the name of the signal. */
  readonly status: string;
  readonly succeeded: boolean;
  readonly crashes: number;
  readonly log: string;
}

export interface Supervised {
  readonly name: string;
  /** Resolves when the process is over for good: it succeeded, may not be started again, or was stopped. */
  readonly ended: Promise<Ending>;
  /** Asks it to finish what is open (SIGTERM), and kills it after `graceMs`. */
  stop(graceMs: number): Promise<Ending>;
}

/** The part of a logger that supervision writes to. */
interface WarningLog {
  warn(fields: object, message: string): void;
}

/** Exit codes that the same command line would only reach again. */
const HOPELESS: readonly string[] = [EXIT.usage, EXIT.input, EXIT.environment, EXIT.interrupted].map(String);

const RESTART_DELAY_MS = 500;

export function supervise(spec: ProcessSpec, logFolder: string, logger: WarningLog): Supervised {
  const log = join(logFolder, `${spec.name}.log`);
  let child: ChildProcess | undefined;
  let stopping = false;

  const run = async (): Promise<Ending> => {
    for (let crashes = 0; ; ) {
      child = start(spec, crashes, log);
      const [code, signal] = await ending(child);
      const status = signal ?? String(code);
      const succeeded = status === '0';
      if (succeeded || stopping) return { name: spec.name, status, succeeded, crashes, log };
      crashes += 1;
      const again = crashes <= spec.restarts && !HOPELESS.includes(status);
      logger.warn({ process: spec.name, status, crashes, again, log }, 'a process of the run died');
      if (again) await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
      if (!again || stopping) return { name: spec.name, status, succeeded, crashes, log };
    }
  };

  const ended = run();
  return {
    name: spec.name,
    ended,
    async stop(graceMs) {
      stopping = true;
      child?.kill('SIGTERM');
      const kill = setTimeout(() => child?.kill('SIGKILL'), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(kill);
      }
    },
  };
}

/** Its log is appended to, so that a restarted process does not erase why the first one died. */
function start(spec: ProcessSpec, starts: number, log: string): ChildProcess {
  mkdirSync(join(log, '..'), { recursive: true });
  const file = openSync(log, 'a');
  try {
    const child = fork(LAUNCHER, spec.argv(starts), {
      stdio: ['ignore', file, file, 'ipc'],
      ...(spec.environment ? { env: spec.environment } : {}),
      ...(spec.folder ? { cwd: spec.folder } : {}),
    });
    if (spec.onMessage) child.on('message', spec.onMessage);
    return child;
  } finally {
    closeSync(file);
  }
}

/** Exit code and signal; a process that could not even be started counts as one that died. */
async function ending(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    return (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  } catch {
    return [1, null];
  }
}
