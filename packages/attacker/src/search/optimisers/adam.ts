/** Adam (Kingma and Ba 2015): as GGL's code runs it by the gradient's sign, its learning rate falling in steps, or plainly, or smoothly down to nothing. */
import { z } from 'zod';
import { defineOptimiser, steps } from './optimiser.ts';

/** Rates of the first and second moment: the paper's. */
const BETA1 = 0.9;
const BETA2 = 0.999;

/** Members do not see each other: every restart runs as it would alone. */
export const adam = defineOptimiser({
  name: 'adam',
  summary: 'by the gradient; its learning rate falls as `schedule` says',
  params: z.strictObject({
    steps: steps.default(2500),
    learningRate: z.number().positive().default(0.1),
    /** Feed the sign of the gradient to the moments, as the reference code does. */
    signed: z.boolean().default(true),
    /** How the learning rate falls: tenfold at 3/8, 5/8 and 7/8 of the steps, smoothly to nothing, or not at all. */
    schedule: z.enum(['steps', 'smooth', 'constant']).default('steps'),
    /** What keeps a division from zero, the paper's by default; slopes of its size move less. */
    epsilon: z.number().positive().default(1e-8),
  }),
  evaluates: 'gradients',
  startsAt: 'draws',
  points: () => 1,
  open({ start }, params) {
    const { learningRate, signed, schedule, epsilon } = params;
    const points = start.slice();
    const first = new Float64Array(points.length);
    const second = new Float64Array(points.length);
    let step = 0;

    return {
      ask: () => points,
      tell({ gradient }) {
        const rate = learningRate * decay(step, params.steps, schedule);
        step++;
        const firstBias = 1 - BETA1 ** step;
        const secondBias = 1 - BETA2 ** step;
        for (let i = 0; i < points.length; i++) {
          const slope = signed ? Math.sign(gradient[i] as number) : (gradient[i] as number);
          const m = BETA1 * (first[i] as number) + (1 - BETA1) * slope;
          const v = BETA2 * (second[i] as number) + (1 - BETA2) * slope * slope;
          first[i] = m;
          second[i] = v;
          points[i] = (points[i] as number) - (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + epsilon);
        }
      },
    };
  },
});

/** The share of the learning rate that is left at a step: in steps 1, then 0.1, 0.01 and 0.001. */
export function decay(step: number, steps: number, schedule: 'steps' | 'smooth' | 'constant' = 'steps'): number {
  switch (schedule) {
    case 'steps':
      return 0.1 ** [3 / 8, 5 / 8, 7 / 8].filter((share) => step >= share * steps).length;
    case 'smooth': {
      // Half a cosine to two in a hundred, in arithmetic that every machine does alike.
      const done = step / steps;
      return 1 - done * done * (3 - 2 * done);
    }
    case 'constant':
      return 1;
    default:
      return schedule satisfies never;
  }
}
