/** What a defence costs and what it buys: accuracy against leak, with intervals on both axes. */
import { seeded } from '@leakscope/shared/random';
import { wilsonInterval } from './binomial.ts';
import { bootstrapInterval, mean } from './significance.ts';

export interface Trade {
  /** Of the defence. */
  readonly name: string;
  /** Test images that its federation's model got right, and all of them (at least 1). */
  readonly correct: number;
  readonly tested: number;
  /** Leak above prior, one mean a distinct victim; at least one. */
  readonly leaks: readonly number[];
}

export interface FrontierPoint {
  readonly name: string;
  readonly accuracy: number;
  /** Wilson, 95 %, over test images. */
  readonly accuracyInterval: readonly [low: number, high: number];
  readonly leak: number;
  /** Bootstrap, 95 %, over victims; absent below 8 of them. */
  readonly leakInterval?: readonly [low: number, high: number];
  /** Whether no other point is at least as accurate and leaks no more, one of both strictly: Pareto-optimal, by the values themselves. */
  readonly optimal: boolean;
}

/** One point a defence, in their order. Intervals are of one training each: they say nothing of another seed's. */
export function frontier(trades: readonly Trade[]): FrontierPoint[] {
  const points = trades.map(({ name, correct, tested, leaks }) => {
    const leakInterval = bootstrapInterval(leaks, seeded('frontier', name));
    return {
      name,
      accuracy: correct / tested,
      accuracyInterval: wilsonInterval(correct, tested),
      leak: mean(leaks),
      ...(leakInterval !== undefined && { leakInterval }),
    };
  });
  const beats = (a: { accuracy: number; leak: number }, b: { accuracy: number; leak: number }): boolean =>
    a.accuracy >= b.accuracy && a.leak <= b.leak && (a.accuracy > b.accuracy || a.leak < b.leak);
  return points.map((point) => ({ ...point, optimal: !points.some((other) => beats(other, point)) }));
}
