/** Adam (Kingma and Ba, 2015) over a population, as GGL runs it: on the gradient's sign, with a step-wise learning rate. */
import type { Optimiser } from './optimiser.ts';

export interface AdamOptions {
  /** Start, [members × dimension]; not changed. */
  readonly start: Float32Array;
  /** Planned number of `tell`s: the learning rate falls tenfold after 3/8, 5/8 and 7/8 of them. */
  readonly steps: number;
  readonly learningRate: number;
  /** Feed the sign of the gradient to the moments, as the reference code does. */
  readonly signed: boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Members do not see each other: every restart runs as it would alone. */
export function adam(options: AdamOptions): Optimiser {
  const { start, steps, learningRate, signed, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const points = start.slice();
  const first = new Float64Array(points.length);
  const second = new Float64Array(points.length);
  let step = 0;

  return {
    needsGradient: true,
    ask: () => points,
    tell({ gradient }) {
      const rate = learningRate * decay(step, steps);
      step++;
      const firstBias = 1 - beta1 ** step;
      const secondBias = 1 - beta2 ** step;
      for (let i = 0; i < points.length; i++) {
        const slope = signed ? Math.sign(gradient[i] as number) : (gradient[i] as number);
        const m = beta1 * (first[i] as number) + (1 - beta1) * slope;
        const v = beta2 * (second[i] as number) + (1 - beta2) * slope * slope;
        first[i] = m;
        second[i] = v;
        points[i] = (points[i] as number) - (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + epsilon);
      }
    },
  };
}

/** 1, 0.1, 0.01, 0.001: tenfold down at 3/8, 5/8 and 7/8 of the steps. */
export function decay(step: number, steps: number): number {
  const milestones = [3 / 8, 5 / 8, 7 / 8].filter((share) => step >= share * steps).length;
  return 0.1 ** milestones;
}
