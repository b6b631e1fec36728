/** A whole run on this machine: starts its processes, stands by, and ends when the last update is evaluated. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Io } from '../shell/io.ts';
import type { ProgressEvent } from '../shell/progress.ts';
import { processPlan } from './plan.ts';
import type { RunFolder } from './run-folder.ts';
import { type Ending, type ProcessSpec, type Supervised, supervise } from './supervisor.ts';
import { watchAudit } from './watch.ts';

/** How long a process may take to finish what is open once it is told to stop. */
const GRACE_MS = 20_000;

/** How long clients and attackers may take to end by themselves after the last evaluation. */
const FAREWELL_MS = 5_000;

interface SimulateOptions {
  readonly experiment: Experiment;
  readonly base: string;
  readonly folder: RunFolder;
  readonly logLevel: string;
}

interface SimulateResult {
  readonly outcome: 'finished' | 'interrupted';
  /** Processes that died, with how often; those that came back too. */
  readonly deaths: readonly Ending[];
}

/** Throws CLI_PROCESS_DIED where a process is gone without which the run cannot end; all others are stopped first. */
export async function simulate(
  { experiment, base, folder, logLevel }: SimulateOptions,
  io: Io,
): Promise<SimulateResult> {
  const token = randomBytes(24).toString('hex');
  const plan = processPlan({ experiment, folder, base, token, environment: process.env, logLevel });
  const logs = join(folder.path, 'logs');
  const running: Supervised[] = [];
  const begin = (spec: ProcessSpec): Supervised => {
    const supervised = supervise(spec, logs, io.logger);
    running.push(supervised);
    return supervised;
  };
  const watching = new AbortController();
  let watch: Promise<void> = Promise.resolve();

  const federation = async (): Promise<void> => {
    const address = Promise.withResolvers<string>();
    let port = experiment.server.port;
    const server = begin(
      plan.server(
        () => port,
        (message) => {
          const url = listening(message);
          if (url) {
            port = Number(new URL(url).port);
            address.resolve(url);
          }
          forwardProgress(message, io);
        },
      ),
    );
    const url = await Promise.race([address.promise, server.ended.then(required)]);
    if (typeof url !== 'string') return;
    watch = watchAudit(folder.path, experiment, io.progress, watching.signal);
    const clients = plan.clients(url).map(begin);
    const attackers = plan.attackers(() => {}).map(begin);
    const evaluator = begin(plan.evaluator(() => {}));
    const audit = Promise.race([evaluator.ended.then(required), allDead(attackers)]);
    await Promise.all([server.ended.then(required), Promise.race([audit, allDead(clients)])]);
    await audit;
    // They end by themselves once they hear that the run is over; whoever does not is stopped.
    await Promise.race([Promise.all([...clients, ...attackers].map(({ ended }) => ended)), wait(FAREWELL_MS)]);
  };

  const interrupted = Promise.withResolvers<'interrupted'>();
  const onAbort = () => interrupted.resolve('interrupted');
  io.signal.addEventListener('abort', onAbort, { once: true });
  if (io.signal.aborted) onAbort();
  try {
    const outcome = await Promise.race([federation().then(() => 'finished' as const), interrupted.promise]);
    const endings = await stopAll(running);
    return { outcome, deaths: endings.filter(({ crashes }) => crashes > 0) };
  } finally {
    io.signal.removeEventListener('abort', onAbort);
    await stopAll(running);
    watching.abort();
    await watch;
    io.progress.end();
  }
}

const stopAll = (running: readonly Supervised[]) => Promise.all(running.map((supervised) => supervised.stop(GRACE_MS)));

/** For a process without which the run cannot end. */
function required({ name, status, succeeded, log }: Ending): void {
  if (!succeeded) throw new LeakscopeError('CLI_PROCESS_DIED', { process: name, status, log });
}

/** Rejects once every one of them has died for good; one that is left can still do the work. Otherwise it never settles. */
async function allDead(processes: readonly Supervised[]): Promise<never> {
  const endings = await Promise.all(processes.map(({ ended }) => ended));
  const last = endings.at(-1);
  if (last && endings.every(({ succeeded }) => !succeeded)) required(last);
  return await new Promise<never>(() => {});
}

function listening(message: unknown): string | undefined {
  return typeof message === 'object' && message !== null && 'listening' in message
    ? String(message.listening)
    : undefined;
}

function forwardProgress(message: unknown, { progress }: Io): void {
  if (typeof message === 'object' && message !== null && 'progress' in message) {
    // Written by our own childProgress in the same version of this program.
    progress.report(message.progress as ProgressEvent);
  }
}
