/** Adam (Kingma and Ba 2015) as GGL's code runs it: by the gradient's sign if asked to, its learning rate falling in steps. */
import { z } from 'zod';
import { defineOptimiser, steps } from './optimiser.ts';

/** Rates of the first and second moment, and what keeps a division from zero: the paper's. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Members do not see each other: every restart runs as it would alone. */
export const adam = defineOptimiser({
  name: 'adam',
  summary: 'by the gradient; its learning rate falls tenfold at 3/8, 5/8 and 7/8 of the steps',
  params: z.strictObject({
    steps: steps.default(2500),
    learningRate: z.number().positive().default(0.1),
    /** Feed the sign of the gradient to the moments, as the reference code does. */
    signed: z.boolean().default(true),
  }),
  evaluates: 'gradients',
  startsAt: 'draws',
  points: () => 1,
  open({ start }, params) {
    const { learningRate, signed } = params;
    const points = start.slice();
    const first = new Float64Array(points.length);
    const second = new Float64Array(points.length);
    let step = 0;

    return {
      ask: () => points,
      tell({ gradient }) {
        const rate = learningRate * decay(step, params.steps);
        step++;
        const firstBias = 1 - BETA1 ** step;
        const secondBias = 1 - BETA2 ** step;
        for (let i = 0; i < points.length; i++) {
          const slope = signed ? Math.sign(gradient[i] as number) : (gradient[i] as number);
          const m = BETA1 * (first[i] as number) + (1 - BETA1) * slope;
          const v = BETA2 * (second[i] as number) + (1 - BETA2) * slope * slope;
          first[i] = m;
          second[i] = v;
          points[i] = (points[i] as number) - (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + EPSILON);
        }
      },
    };
  },
});

/** 1, 0.1, 0.01, 0.001: tenfold down at 3/8, 5/8 and 7/8 of the steps. */
export function decay(step: number, steps: number): number {
  const milestones = [3 / 8, 5 / 8, 7 / 8].filter((share) => step >= share * steps).length;
  return 0.1 ** milestones;
}
