/** Any number of candidates through a graph that takes a fixed number: call after call. */
import type { Evaluation } from '../search/optimisers/optimiser.ts';

export interface Calls {
  readonly updates: number;
  /** Candidates of each update in all. */
  readonly candidates: number;
  /** Candidates of each update in one call. */
  readonly width: number;
}

type Evaluate = (points: Float32Array) => Promise<Evaluation>;

/**
 * Evaluates [updates × candidates × dimension] points by calls of [updates × width × dimension]. The last call is filled up with the last
 * candidate of each update, and what comes out for those is dropped.
 */
export function inCalls(evaluate: Evaluate, { updates, candidates, width }: Calls): Evaluate {
  if (width === candidates) return evaluate;
  return async (points) => {
    const dimension = points.length / (updates * candidates);
    const call = new Float32Array(updates * width * dimension);
    const losses = new Float32Array(updates * candidates);
    let gradient = new Float32Array();
    for (let from = 0; from < candidates; from += width) {
      const slots = slotsOf(updates, candidates, width, from);
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
function slotsOf(updates: number, candidates: number, width: number, from: number) {
  return Array.from({ length: updates * width }, (_, slot) => {
    const update = Math.floor(slot / width);
    const own = Math.min(from + (slot % width), candidates - 1);
    return { slot, candidate: update * candidates + own };
  });
}

const row = (values: Float32Array, i: number, size: number): Float32Array => values.subarray(i * size, (i + 1) * size);
