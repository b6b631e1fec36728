/**
 * The line search of L-BFGS: a step that satisfies the strong Wolfe conditions, by bracketing and cubic interpolation. Nocedal and Wright,
 * "Numerical Optimization", algorithms 3.5 and 3.6, with the safeguards of Schmidt's minFunc, which PyTorch uses too.
 */
import type { Procedure } from './procedure.ts';

/** A point on the line. */
export interface Trial {
  /** Its distance from the line's start, in lengths of the direction. */
  readonly step: number;
  /** Infinite where the loss or the gradient is not finite. */
  readonly loss: number;
  /** Derivative of the loss along the line. */
  readonly slope: number;
  readonly point: Float64Array;
  readonly gradient: Float64Array;
}

/** Sufficient decrease, and how much flatter the line must have become. */
const C1 = 1e-4;
const C2 = 0.9;
const MOST_TRIALS = 25;

/**
 * Starts with a trial at `first`. Ends with the best trial of those that it made, which satisfies the conditions unless 25 were not enough
 * or rounding is in the way; with `origin` where none is lower.
 */
export function* strongWolfe(at: (step: number) => Procedure<Trial>, origin: Trial, first: number): Procedure<Trial> {
  const descends = ({ step, loss }: Trial): boolean => loss <= origin.loss + C1 * step * origin.slope;
  const flat = ({ slope }: Trial): boolean => Math.abs(slope) <= -C2 * origin.slope;

  let last = origin;
  let trial = yield* at(first);
  let trials = 1;
  // Farther and farther, until a minimum lies between the last two trials.
  while (descends(trial) && !(trials > 2 && trial.loss >= last.loss)) {
    if (flat(trial)) return trial;
    if (trial.slope >= 0 || trials === MOST_TRIALS) break;
    const [least, most] = [trial.step + 0.01 * (trial.step - last.step), 10 * trial.step];
    const step = interpolate(last, trial, least, most);
    last = trial;
    trial = yield* at(step);
    trials++;
  }

  let [low, high] = last.loss <= trial.loss ? [last, trial] : [trial, last];
  let nearEdge = false;
  for (; trials < MOST_TRIALS; trials++) {
    const [left, right] = [Math.min(low.step, high.step), Math.max(low.step, high.step)];
    const margin = 0.1 * (right - left);
    let step = interpolate(low, high, left, right);
    // A step near an end of the bracket hardly shortens it: the second in a row, or one at the very end, is moved inwards.
    const near = Math.min(right - step, step - left) < margin;
    const moved: boolean = near && (nearEdge || step >= right || step <= left);
    if (moved) step = right - step < step - left ? right - margin : left + margin;
    nearEdge = near && !moved;

    trial = yield* at(step);
    // The two ends have become one point in float32.
    if (trial.point.every((x, i) => x === low.point[i])) break;
    if (!descends(trial) || trial.loss >= low.loss) {
      high = trial;
      continue;
    }
    if (flat(trial)) return trial;
    if (trial.slope * (high.step - low.step) >= 0) high = low;
    low = trial;
  }
  return low;
}

/** The minimum between `least` and `most` of the cubic through both trials' losses and slopes; their middle where it has none. */
function interpolate(a: Trial, b: Trial, least: number, most: number): number {
  const [left, right] = a.step <= b.step ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.step - right.step);
  const square = d1 * d1 - left.slope * right.slope;
  const d2 = Math.sqrt(square);
  const step = right.step - ((right.step - left.step) * (right.slope + d2 - d1)) / (right.slope - left.slope + 2 * d2);
  return Number.isFinite(step) ? Math.min(Math.max(step, least), most) : (least + most) / 2;
}
