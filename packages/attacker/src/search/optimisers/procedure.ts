/** Searches written as procedures: each yields the points that it wants to know about, and goes on with what they are worth. */
import type { Evaluation, RunningOptimiser } from './optimiser.ts';

/** Yields [points × dimension] entries each time, always as many; `T` is what it ends with, if it ends. */
export type Procedure<T = never> = Generator<Float32Array, T, Evaluation>;

/** Runs searches that never end and ask for equally many points. */
export function runProcedures(procedures: readonly Procedure[]): RunningOptimiser {
  const asked = procedures.map((one) => one.next().value);
  const size = asked[0]?.length ?? 0;
  const points = new Float32Array(procedures.length * size);
  const collect = (): void => {
    for (const [i, own] of asked.entries()) points.set(own, i * size);
  };
  collect();
  const shareOf = (values: Float32Array, i: number): Float32Array => {
    const each = values.length / procedures.length;
    return values.slice(i * each, (i + 1) * each);
  };

  return {
    ask: () => points,
    tell({ losses, gradient }) {
      for (const [i, one] of procedures.entries()) {
        asked[i] = one.next({ losses: shareOf(losses, i), gradient: shareOf(gradient, i) }).value;
      }
      collect();
    },
  };
}
