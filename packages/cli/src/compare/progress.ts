/** One line for all runs of a comparison: how many of its attacks are evaluated, and what the run at hand does. */
import type { Progress } from '../shell/progress.ts';

/** `attacks`: expected of each run. Gives the progress of the run at a place; what finished before counts as done. */
export function comparisonProgress(
  outer: Progress,
  attacks: readonly number[],
): (place: number, name: string) => Progress {
  const total = sum(attacks);
  return (place, name) => {
    const before = sum(attacks.slice(0, place));
    let evaluated = 0;
    return {
      report({ phase, done, total: ofPhase }) {
        if (phase === 'evaluated') evaluated = done;
        const step = `${phase} ${done}${ofPhase === undefined ? '' : `/${ofPhase}`}`;
        const detail = `run ${place + 1} of ${attacks.length}, ${name}: ${step}`;
        outer.report({ phase: 'comparison', done: before + evaluated, total, detail });
      },
      // The line goes on with the next run.
      end() {},
    };
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
