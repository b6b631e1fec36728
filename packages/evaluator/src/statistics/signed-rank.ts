/** Wilcoxon's signed-rank test: whether paired differences lie about zero. */
import { normalCdf } from '@leakscope/shared/normal';

export interface SignedRankTest {
  /** Two-sided; 1 where no difference is other than zero. */
  readonly p: number;
  /** Where the differences lie by their ranks: 1 above zero, -1 below, 0 in balance. */
  readonly direction: -1 | 0 | 1;
  /** Whether `p` is exact. */
  readonly exact: boolean;
}

/** From this many differences other than zero on, the normal approximation holds to the third decimal. */
const LEAST_FOR_NORMAL = 25;

/**
 * H0: each difference is as likely positive as negative, whatever its size. Equal sizes share their mean rank. Zeros are ranked with
 * the others and then left out (Pratt 1959), so that a difference has the same weight whether or not another is exactly zero. Exact below 25 differences other than zero, ties included; above by the normal approximation with continuity.
 */
export function signedRankTest(differences: readonly number[]): SignedRankTest {
  const doubled = doubledRanks(differences.map(Math.abs));
  const ranks = doubled.filter((_, i) => differences[i] !== 0);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const positive = doubled.reduce((sum, rank, i) => sum + ((differences[i] as number) > 0 ? rank : 0), 0);
  const direction = Math.sign(2 * positive - total) as -1 | 0 | 1;
  const exact = ranks.length < LEAST_FOR_NORMAL;
  // The distribution is symmetric: the tail beyond the larger of both sums counts twice.
  const larger = Math.max(positive, total - positive);
  const tail = exact ? exactTail(ranks, larger) : normalTail(ranks, larger - total / 2);
  return { p: Math.min(1, 2 * tail), direction, exact };
}

/** Twice the rank of each value from 1 on, so that the mean rank of equal ones is a whole number. */
function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** P[S >= least] of the sum S over ranks that each count with probability 1/2. */
function exactTail(ranks: readonly number[], least: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  for (const rank of ranks) {
    for (let sum = total; sum >= 0; sum--) {
      const counted = sum >= rank ? (probability[sum - rank] as number) : 0;
      probability[sum] = ((probability[sum] as number) + counted) / 2;
    }
  }
  return probability.subarray(least).reduce((sum, p) => sum + p, 0);
}

/** The same by the normal distribution; `excess` is doubled as the ranks are, so that half a rank of continuity is 1. */
function normalTail(ranks: readonly number[], excess: number): number {
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + (rank * rank) / 4, 0));
  return normalCdf(-Math.max(0, excess - 1) / deviation);
}
