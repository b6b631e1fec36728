/** The inverse Hessian that L-BFGS learns from its last steps: Nocedal and Wright, "Numerical Optimization", algorithm 7.4. */
import { addScaled } from '@leakscope/shared/linear-algebra';

interface Pair {
  /** What a step changed of the point, and of the gradient. */
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  /** Their product, above 0. */
  readonly curvature: number;
}

/** Remembers the last `history` steps along which the loss curved upwards. */
export class QuasiNewton {
  readonly #history: number;
  readonly #pairs: Pair[] = [];

  constructor(history: number) {
    this.#history = history;
  }

  /** Whether it knows anything. */
  get empty(): boolean {
    return this.#pairs.length === 0;
  }

  learn(moved: Float64Array, turned: Float64Array): void {
    const curvature = product(moved, turned);
    // Below this it is the rounding of gradients in float32.
    if (!(curvature > Number.EPSILON * product(turned, turned))) return;
    this.#pairs.push({ moved, turned, curvature });
    if (this.#pairs.length > this.#history) this.#pairs.shift();
  }

  forget(): void {
    this.#pairs.length = 0;
  }

  /** -H gradient: where a step of length 1 is expected to reach the minimum. */
  direction(gradient: Float64Array): Float64Array {
    const result = gradient.map((x) => -x);
    const weights = this.#pairs.toReversed().map(({ moved, turned, curvature }) => {
      const weight = product(moved, result) / curvature;
      addScaled(result, -weight, turned);
      return weight;
    });
    const newest = this.#pairs.at(-1);
    if (newest === undefined) return result;
    const scale = newest.curvature / product(newest.turned, newest.turned);
    for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) * scale;
    for (const { moved, turned, curvature } of this.#pairs) {
      addScaled(result, (weights.pop() as number) - product(turned, result) / curvature, moved);
    }
    return result;
  }
}

/** x · y. */
export function product(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}
