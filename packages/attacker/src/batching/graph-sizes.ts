/** How many candidates share a call of the graph: what is tried, and what is worth it. */
import type { Classifier } from '@leakscope/models';
import { isLeakscopeError } from '@leakscope/shared/errors';

/** Candidates of one update that are tried, as far as it has more. */
const PARTS = [1, 4, 16];
/** Pixels of all images of a call, 64 images of 32x32: memory grows with them. */
const MOST_PIXELS = 64 * 32 * 32;
/** A size must save this share of the time that an update takes at the best smaller one: it takes more memory. */
const WORTHWHILE = 0.05;

/** Seconds. A call that would take longer keeps the machine busy as it is: a larger one would take memory and nothing else. */
const LONGEST_CALL = 2;

/** What one update has evaluated a step, and how many updates may share the graph. */
export interface Sharing {
  readonly candidates: number;
  /** Numbers of updates that are tried with all of their candidates. */
  readonly updates: readonly number[];
  /** Candidates of all updates together, at most. */
  readonly most: number;
}

/** `most` for batches of `batch` images; four go in any case. */
export function mostCandidates({ inputShape: [, height, width] }: Classifier, batch: number): number {
  return Math.max(4, Math.floor(MOST_PIXELS / (batch * height * width)));
}

/** Candidates of an update in one call, at most `most`: no more than it takes for as few calls, so that few points are repeated. */
export const evenly = (candidates: number, most: number): number =>
  Math.ceil(candidates / Math.ceil(candidates / Math.max(1, most)));

/** Updates in a graph of `size` candidates: more than one only where each has all of its own in it. */
export const updatesIn = (size: number, candidates: number): number => Math.max(1, Math.floor(size / candidates));

/** Sizes to measure, smallest first: parts of one update's candidates, then all of those of several updates. */
export function sizesFor({ candidates, updates, most }: Sharing): number[] {
  const parts = [...PARTS, most]
    .filter((part) => part <= most && part < candidates)
    .map((part) => evenly(candidates, part));
  const whole = updates.map((count) => count * candidates).filter((size) => size <= most);
  return [...new Set([...parts, ...whole])];
}

export interface SizeChoice {
  /** Candidates in a call. */
  readonly size: number;
  /** Seconds that a step takes an update, by size. */
  readonly seconds: Record<string, number>;
}

/**
 * Measures the sizes, because two updates may gain nothing where four do, and takes the largest that is worth it, of those that a
 * device's memory holds. `seconds` are those of one call.
 */
export async function chooseSize(sharing: Sharing, seconds: (size: number) => Promise<number>): Promise<SizeChoice> {
  const { candidates } = sharing;
  const each: Record<string, number> = {};
  let size = 1;
  let perCandidate = 0;
  for (const next of sizesFor(sharing)) {
    if (next * perCandidate > LONGEST_CALL) break;
    const call = await seconds(next).catch((error: unknown) => {
      if (perCandidate > 0 && isLeakscopeError(error, 'ENGINE_DEVICE_MEMORY')) return undefined;
      throw error;
    });
    if (call === undefined) break;
    perCandidate = call / next;
    const took = (call * Math.ceil(candidates / next)) / updatesIn(next, candidates);
    each[next] = took;
    if (took < (1 - WORTHWHILE) * (each[size] as number)) size = next;
  }
  return { size, seconds: each };
}
