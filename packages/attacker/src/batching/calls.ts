/** Any number of candidates through a graph that takes a fixed number: call after call. */
import type { Evaluation } from '../search/optimisers/optimiser.ts';

export interface Calls {
  /** Size of the cohort. */
  readonly updates: number;
  /** Candidates of each update in all. */
  readonly candidates: number;
  /** Candidates of each update in one call. */
  readonly perCall: number;
}

type Evaluate = (points: Float32Array) => Promise<Evaluation>;

/**
 * Evaluates [updates × candidates × dimension] points by calls of [updates × perCall × dimension]. The last call is filled up with each
 * update's last candidate, whose value it then gives several times. Two updates of three candidates, two a call, are called as a1 a2 b1 b2
 * and a3 a3 b3 b3.
 */
export function inCalls(evaluate: Evaluate, { updates, candidates, perCall }: Calls): Evaluate {
  if (perCall === candidates) return evaluate;
  return async (points) => {
    const dimension = points.length / (updates * candidates);
    const call = new Float32Array(updates * perCall * dimension);
    const losses = new Float32Array(updates * candidates);
    let gradient = new Float32Array();
    for (let from = 0; from < candidates; from += perCall) {
      const slots = slotsOf(updates, candidates, perCall, from);
      for (const { slot, candidate } of slots) call.set(row(points, candidate, dimension), slot * dimension);
      const got = await evaluate(call);
      if (got.gradient.length > 0 && gradient.length === 0) gradient = new Float32Array(points.length);
      for (const { slot, candidate } of slots) {
        losses[candidate] = got.losses[slot] as number;
        if (got.gradient.length > 0) gradient.set(row(got.gradient, slot, dimension), candidate * dimension);
      }
    }
    return { losses, gradient };
  };
}

/** Which candidate stands where in the call from each update's candidate `from` on; a repeated one gives the same each time. */
function slotsOf(updates: number, candidates: number, perCall: number, from: number) {
  return Array.from({ length: updates * perCall }, (_, slot) => {
    const update = Math.floor(slot / perCall);
    const own = Math.min(from + (slot % perCall), candidates - 1);
    return { slot, candidate: update * candidates + own };
  });
}

const row = (values: Float32Array, i: number, size: number): Float32Array => values.subarray(i * size, (i + 1) * size);
