/** A search kept within a set: after each step its points are put back into it, as projected gradient descent does. */
import type { RunningOptimiser } from './optimisers/optimiser.ts';

/**
 * `project` moves all points of a step in place, [searches × points × dimension]. It is for optimisers that go on from the points they ask for,
 * as Adam does.
 */
export function within(optimiser: RunningOptimiser, project: (points: Float32Array) => void): RunningOptimiser {
  return {
    ask: () => optimiser.ask(),
    tell(evaluation) {
      optimiser.tell(evaluation);
      project(optimiser.ask());
    },
  };
}

/** Clamps every entry to [low, high]. */
export const box =
  (low: number, high: number) =>
  (points: Float32Array): void => {
    for (let i = 0; i < points.length; i++) points[i] = Math.min(high, Math.max(low, points[i] as number));
  };
