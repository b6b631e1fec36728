/** The loop of every search attack: ask, evaluate, tell, and keep the best point of each restart by its loss. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { AttackContext, TracePoint } from './attack.ts';
import type { Evaluation, Optimiser } from './optimisers/optimiser.ts';

export interface SearchOptions {
  /** For messages. */
  readonly attack: string;
  readonly optimiser: Optimiser;
  /** Losses and gradients of [members × dimension] points. */
  evaluate(points: Float32Array): Promise<Evaluation>;
  readonly members: number;
  readonly steps: number;
  readonly context: Pick<AttackContext, 'signal' | 'onProgress'>;
}

export interface SearchResult {
  /** The point of smallest loss over all restarts. */
  readonly best: Float32Array;
  readonly loss: number;
  /** Smallest loss of each restart; null where it diverged. */
  readonly restarts: (number | null)[];
  readonly trace: TracePoint[];
}

/** Points of a loss curve that are kept. */
const TRACE_LENGTH = 100;

/** Runs all the steps; never stops by time. Throws ATTACK_DIVERGED at the first step that leaves no finite restart. */
export async function search(options: SearchOptions): Promise<SearchResult> {
  const { attack, optimiser, evaluate, members, steps, context } = options;
  const restarts: Best[] = Array.from({ length: members }, () => ({ loss: Number.POSITIVE_INFINITY, alive: true }));
  const trace: TracePoint[] = [];
  const every = Math.max(1, Math.floor(steps / TRACE_LENGTH));

  for (let step = 0; step < steps; step++) {
    context.signal?.throwIfAborted();
    const points = optimiser.ask();
    const evaluation = await evaluate(points);
    record(restarts, points, evaluation);
    if (!restarts.some(({ alive }) => alive)) throw new LeakscopeError('ATTACK_DIVERGED', { attack, step });
    optimiser.tell(evaluation);
    const value = Math.min(...restarts.map(({ loss }) => loss));
    if (step % every === 0 || step === steps - 1) trace.push({ step, value });
    context.onProgress?.({ step: step + 1, steps, loss: value });
  }

  const chosen = restarts.reduce((a, b) => (b.loss < a.loss ? b : a));
  if (chosen.point === undefined) throw new LeakscopeError('ATTACK_DIVERGED', { attack, step: steps });
  return {
    best: chosen.point,
    loss: chosen.loss,
    restarts: restarts.map(({ loss }) => (Number.isFinite(loss) ? loss : null)),
    trace,
  };
}

interface Best {
  loss: number;
  point?: Float32Array;
  /** A restart that was once not finite is out: its moments are spoilt. */
  alive: boolean;
}

function record(restarts: Best[], points: Float32Array, { losses, gradient }: Evaluation): void {
  const dimension = points.length / restarts.length;
  for (const [member, best] of restarts.entries()) {
    const own = gradient.subarray(member * dimension, (member + 1) * dimension);
    const loss = losses[member] ?? Number.NaN;
    if (!Number.isFinite(loss) || !own.every(Number.isFinite)) {
      best.alive = false;
      best.loss = Number.POSITIVE_INFINITY;
    } else if (best.alive && loss < best.loss) {
      best.loss = loss;
      best.point = points.slice(member * dimension, (member + 1) * dimension);
    }
  }
}
