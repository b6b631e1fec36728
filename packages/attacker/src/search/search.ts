/** The loop of every search attack: ask, evaluate, tell, and keep the best point of each restart by its loss. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { TracePoint } from '@leakscope/shared/reconstruction';
import type { AttackContext, Outcome } from '../contract/attack.ts';
import type { Evaluation, RunningOptimiser } from './optimisers/optimiser.ts';

export interface SearchOptions {
  /** For messages. */
  readonly attack: string;
  readonly optimiser: RunningOptimiser;
  /** Losses and gradients of the points that the optimiser asks for, as many a step for each restart. */
  evaluate(points: Float32Array): Promise<Evaluation>;
  /** Restarts of all updates, update by update: the optimiser's searches. */
  readonly restarts: number;
  /** Size of the cohort, of as many restarts each; default 1. */
  readonly updates?: number;
  readonly steps: number;
  /** Where given, a point is worth what it says, not the loss that is searched by. */
  readonly judge?: Judge;
  readonly context: Pick<AttackContext, 'signal' | 'onProgress'>;
}

/** A loss that is not searched by: it tells a point that explains the update from one that only fits what was fitted. */
export interface Judge {
  /** It is asked at every so many steps, and at the last. */
  readonly every: number;
  /** Of all points of a step. */
  losses(points: Float32Array): Promise<Float32Array>;
}

export interface SearchResult {
  /** The point of smallest loss over all restarts. */
  readonly best: Float32Array;
  readonly loss: number;
  /** Smallest loss of each restart; null where it diverged. */
  readonly restarts: (number | null)[];
  /** The point of that loss of each restart; undefined where it diverged. */
  readonly points: readonly (Float32Array | undefined)[];
  readonly trace: TracePoint[];
}

/** Points of a loss curve that are kept. */
const TRACE_LENGTH = 100;

/**
 * Runs all the steps; never stops by time. One outcome an update: ATTACK_DIVERGED with the first step that left it no finite
 * restart, as it would have ended alone. Where none is left the search ends.
 */
export async function search(options: SearchOptions): Promise<Outcome<SearchResult>[]> {
  const { optimiser, evaluate, restarts, updates = 1, steps, judge, context } = options;
  const searches = Array.from({ length: updates }, () => new Restarts(restarts / updates));
  const every = Math.max(1, Math.floor(steps / TRACE_LENGTH));
  for (let step = 0; step < steps && searches.some((one) => one.alive); step++) {
    context.signal?.throwIfAborted();
    const points = optimiser.ask();
    const evaluation = await evaluate(points);
    const isLast = step === steps - 1;
    const judged = judge && (step % judge.every === 0 || isLast) ? await judge.losses(points) : undefined;
    const worth = judge === undefined ? evaluation.losses : judged;
    for (const [i, one] of searches.entries()) {
      one.record(step, share(points, i, updates), {
        losses: share(evaluation.losses, i, updates),
        gradient: share(evaluation.gradient, i, updates),
        worth: worth && share(worth, i, updates),
      });
      if (step % every === 0 || isLast) one.trace.push({ step, value: one.loss });
    }
    optimiser.tell(evaluation);
    const loss = Math.min(...searches.map((one) => one.loss));
    if (searches.some((one) => one.alive)) context.onProgress?.({ step: step + 1, steps, loss });
  }
  return searches.map((one) => one.outcome(options.attack));
}

/** The `i`-th of `parts` equal shares. */
function share(values: Float32Array, i: number, parts: number): Float32Array {
  const size = values.length / parts;
  return values.subarray(i * size, (i + 1) * size);
}

interface Best {
  loss: number;
  point?: Float32Array;
  /** A restart whose points were once all not finite is out: its moments are spoilt. */
  alive: boolean;
}

/** A step's evaluation, with what its points are worth where that is known. */
interface Judged extends Evaluation {
  readonly worth: Float32Array | undefined;
}

/** Keeps a step's best point where that is better than what there was; a restart without any finite one is out. */
function take(best: Best, points: Float32Array, { losses, gradient, worth }: Judged): void {
  const finite = [...losses.keys()].filter(
    (i) => Number.isFinite(losses[i]) && share(gradient, i, losses.length).every(Number.isFinite),
  );
  if (finite.length === 0) {
    best.alive = false;
    best.loss = Number.POSITIVE_INFINITY;
  }
  for (const i of finite) {
    const loss = worth?.[i] ?? Number.POSITIVE_INFINITY;
    if (!best.alive || !(loss < best.loss)) continue;
    best.loss = loss;
    best.point = share(points, i, losses.length).slice();
  }
}

/** The restarts of one update. */
class Restarts {
  readonly trace: TracePoint[] = [];
  readonly #restarts: Best[];
  /** The step at which the last restart was lost. */
  #lostAt: number | undefined;

  constructor(count: number) {
    this.#restarts = Array.from({ length: count }, () => ({ loss: Number.POSITIVE_INFINITY, alive: true }));
  }

  get alive(): boolean {
    return this.#lostAt === undefined;
  }

  /** Smallest so far. */
  get loss(): number {
    return Math.min(...this.#restarts.map(({ loss }) => loss));
  }

  record(step: number, points: Float32Array, { losses, gradient, worth }: Judged): void {
    const count = this.#restarts.length;
    for (const [restart, best] of this.#restarts.entries()) {
      const own = {
        losses: share(losses, restart, count),
        gradient: share(gradient, restart, count),
        worth: worth && share(worth, restart, count),
      };
      take(best, share(points, restart, count), own);
    }
    if (this.alive && !this.#restarts.some(({ alive }) => alive)) this.#lostAt = step;
  }

  outcome(attack: string): Outcome<SearchResult> {
    const { loss, point } = this.#restarts.reduce((a, b) => (b.loss < a.loss ? b : a));
    if (this.#lostAt !== undefined || point === undefined) {
      const step = this.#lostAt ?? this.trace.length;
      return { status: 'rejected', reason: new LeakscopeError('ATTACK_DIVERGED', { attack, step }) };
    }
    const restarts = this.#restarts.map((one) => (Number.isFinite(one.loss) ? one.loss : null));
    const points = this.#restarts.map((one) => (Number.isFinite(one.loss) ? one.point : undefined));
    return { status: 'fulfilled', value: { best: point, loss, restarts, points, trace: this.trace } };
  }
}
