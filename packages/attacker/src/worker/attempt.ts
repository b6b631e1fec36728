/** One attempt at the jobs of a cohort: attack, commit every result's hash, and only then tell the queue. */
import { isLeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import type { JobError, Lease, Store } from '@leakscope/store';
import type { AttackContext, AttackInput, AttackProgress, Outcome } from '../contract/attack.ts';
import type { Reconstruction } from '../contract/reconstruction.ts';
import { reconstructionDetails, reconstructionTensors } from '../contract/reconstruction-file.ts';
import { attackOf, type ConfiguredAttack, loadInput, tensorReader } from './job.ts';

interface AttemptOptions {
  readonly attacks: readonly ConfiguredAttack[];
  readonly store: Store;
  /** How long a lease lasts, in milliseconds; it is renewed three times in that. */
  readonly leaseMs: number;
  readonly context: Pick<AttackContext, 'executor' | 'threads' | 'base' | 'population'>;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onProgress: (progress: AttackProgress) => void;
}

/** How many of the jobs came out how; what was handed back or lost to another worker is in neither. */
interface AttemptResult {
  readonly done: number;
  readonly failed: number;
}

/** Never throws for a job's own fault: that is told to the queue, and counted. */
export async function attempt(leases: readonly Lease[], options: AttemptOptions): Promise<AttemptResult> {
  const { store, leaseMs, signal } = options;
  const lost = new AbortController();
  const heartbeat = setInterval(async () => {
    const held = await Promise.all(leases.map((lease) => store.queue.renew(lease, leaseMs)));
    if (!held.every(Boolean)) lost.abort();
  }, leaseMs / 3);
  const started = performance.now();
  const seconds = () => Math.round(performance.now() - started) / 1000;
  const loggers = leases.map(({ job, attempt: number }) =>
    options.logger.child({ job: job.key, attack: job.attack, attempt: number }),
  );
  try {
    const outcomes = await reconstructions(leases, options, AbortSignal.any([signal, lost.signal]));
    // All hashes before the first completion: what a worker that dies here leaves is taken up by the same cohort again.
    const committed = await Promise.allSettled(
      outcomes.map(async (outcome, i) => {
        if (outcome.status === 'rejected') throw outcome.reason;
        return await commit(outcome.value, leases[i] as Lease, store, loggers[i] as Logger, seconds());
      }),
    );
    const result = { done: 0, failed: 0 };
    for (const [i, outcome] of committed.entries()) {
      const [lease, logger] = [leases[i], loggers[i]] as [Lease, Logger];
      if (outcome.status === 'fulfilled') {
        if (await store.queue.complete(lease)) result.done++;
        continue;
      }
      const fate = await store.queue.fail(lease, errorOf(outcome.reason));
      logger.error({ err: outcome.reason, outcome: fate, seconds: seconds() }, 'attack failed');
      if (fate !== 'lost') result.failed++;
    }
    return result;
  } catch (error) {
    if (!lost.signal.aborted && !signal.aborted) throw error;
    // Of a cohort that is lost in part, the rest goes back too: another worker takes it whole.
    for (const [i, lease] of leases.entries()) {
      if (!(await store.queue.release(lease))) loggers[i]?.warn('the lease ran out; another worker has the job');
    }
    return { done: 0, failed: 0 };
  } finally {
    clearInterval(heartbeat);
  }
}

/** A result, or one that was committed by a worker that then died: it stands. */
type Result = Reconstruction | 'committed';

async function commit(result: Result, { job }: Lease, store: Store, logger: Logger, seconds: number): Promise<void> {
  if (result === 'committed') {
    logger.info('was reconstructed before');
    return;
  }
  const tensors = reconstructionTensors(result);
  const { digest } = await store.reconstructions.commit(job.key, tensors, reconstructionDetails(result));
  const { loss, labels, estimates, beside } = result;
  logger.info({ digest, loss, labels, estimates, beside, seconds }, 'reconstructed');
}

/** One outcome a lease. Throws the signal's reason. */
async function reconstructions(
  leases: readonly Lease[],
  { attacks, store, context, onProgress }: AttemptOptions,
  signal: AbortSignal,
): Promise<Outcome<Result>[]> {
  const read = tensorReader(store.blobs);
  const found: Outcome<Result>[] = [];
  const inputs = new Map<number, AttackInput>();
  for (const [i, { job }] of leases.entries()) {
    try {
      if (store.reconstructions.get(job.key) !== undefined) found[i] = { status: 'fulfilled', value: 'committed' };
      else inputs.set(i, await loadInput(job, read, attackOf(attacks, job).threat, context.base));
    } catch (reason) {
      found[i] = { status: 'rejected', reason };
    }
  }
  for (const [at, outcome] of (
    await attacked(leases, [...inputs], attacks, { ...context, signal, onProgress })
  ).entries())
    found[[...inputs.keys()][at] as number] = outcome;
  return found;
}

/** All jobs of a cohort ask for one attack. */
async function attacked(
  leases: readonly Lease[],
  inputs: readonly (readonly [index: number, input: AttackInput])[],
  attacks: readonly ConfiguredAttack[],
  context: AttackContext & { readonly signal: AbortSignal },
): Promise<Outcome<Reconstruction>[]> {
  const [first] = inputs;
  if (first === undefined) return [];
  const { plan } = attackOf(attacks, (leases[first[0]] as Lease).job);
  try {
    if (inputs.length > 1 && plan.cohort !== undefined) {
      const all = inputs.map(([, input]) => input);
      return await plan.cohort.reconstruct(all, context);
    }
    const outcomes: Outcome<Reconstruction>[] = [];
    for (const [, input] of inputs) outcomes.push(...(await Promise.allSettled([plan.reconstruct(input, context)])));
    return outcomes;
  } catch (reason) {
    // What is nobody's own fault, an engine that failed, is the fault of all.
    return inputs.map(() => ({ status: 'rejected', reason }));
  } finally {
    context.signal.throwIfAborted();
  }
}

/** What the queue, and later the leak log, keeps of a failure. */
function errorOf(error: unknown): JobError {
  if (isLeakscopeError(error)) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: reasonOf(error) };
}
