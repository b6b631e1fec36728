/** How many candidates share a call of the graph, its population: which numbers are tried, and which is worth its memory. */
import type { Classifier } from '@leakscope/models';
import { isLeakscopeError } from '@leakscope/shared/errors';

/** Candidates of one update that are tried, where it has more. */
const PARTS = [1, 4, 16];
/** Pixels of all images of a call, 64 images of 32x32: memory grows with them. */
const MOST_PIXELS = 64 * 32 * 32;
/** A larger population must save this share of the time that an update takes, because it takes more memory. */
const WORTHWHILE = 0.05;
/** Seconds. A call that would take longer keeps the machine busy already: a larger one would only take memory. */
const LONGEST_CALL = 2;

/** What a choice is made among. */
interface Trials {
  /** Candidates that a step evaluates for one update. */
  readonly candidates: number;
  /** Sizes of a cohort that are tried, with all candidates of each of its updates in one call. */
  readonly updates: readonly number[];
  /** Largest population. */
  readonly most: number;
}

/** Largest population for batches of `batch` images. Four candidates are allowed in any case. */
export function largestPopulation({ inputShape: [, height, width] }: Classifier, batch: number): number {
  return Math.max(4, Math.floor(MOST_PIXELS / (batch * height * width)));
}

/**
 * Candidates of an update in each of its calls: at most `most`, and as equal in number as they go. 50 candidates by 16 at most need
 * four calls; 13 in each leave two places to fill up, where 16 in each would leave 14.
 */
export const evenly = (candidates: number, most: number): number =>
  Math.ceil(candidates / Math.ceil(candidates / Math.max(1, most)));

/** Updates in a population: more than one only where each has all of its candidates in it. */
export const updatesIn = (population: number, candidates: number): number =>
  Math.max(1, Math.floor(population / candidates));

/**
 * Populations to measure, smallest first: parts of one update's candidates, then all those of several updates. With 20 candidates, 1, 2 or 4
 * updates and 64 at most these are 1, 4, 10, 20 and 40.
 */
export function populationsFor({ candidates, updates, most }: Trials): number[] {
  const parts = [...PARTS, most]
    .filter((part) => part <= most && part < candidates)
    .map((part) => evenly(candidates, part));
  const whole = updates.map((count) => count * candidates).filter((size) => size <= most);
  return [...new Set([...parts, ...whole])];
}

export interface PopulationChoice {
  /** Candidates in a call. */
  readonly size: number;
  /** Seconds that a step takes an update, by population. */
  readonly seconds: Record<string, number>;
}

/**
 * Measures the populations and takes the largest that is worth it. All are measured that the device's memory holds, because two updates may
 * gain nothing where four do. `seconds` are those of one call.
 */
export async function choosePopulation(
  trials: Trials,
  seconds: (population: number) => Promise<number>,
): Promise<PopulationChoice> {
  const { candidates } = trials;
  const each: Record<string, number> = {};
  let size = 1;
  let perCandidate = 0;
  for (const next of populationsFor(trials)) {
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
