/** L-BFGS with a strong Wolfe line search: a quasi-Newton method that keeps its last steps instead of a matrix (Liu and Nocedal 1989). */
import { z } from 'zod';
import { defineOptimiser, type Evaluation, steps } from './optimiser.ts';
import { type Procedure, runProcedures } from './procedure.ts';
import { product, QuasiNewton } from './quasi-newton.ts';
import { strongWolfe, type Trial } from './strong-wolfe.ts';

/** The schema of `history`; each optimiser that descends by L-BFGS has it. */
export const history = z.int().min(1).max(1000);

/** A line search takes as many evaluations as it needs, mostly one or two: `steps` counts those, not iterations. */
export const lBfgs = defineOptimiser({
  name: 'l-bfgs',
  summary: 'by the gradient and the curvature of its last steps, with a line search; each step is an evaluation',
  params: z.strictObject({
    steps: steps.default(500),
    /** Steps that it remembers. */
    history: history.default(10),
  }),
  evaluates: 'gradients',
  startsAt: 'draws',
  points: () => 1,
  open: ({ start, random }, params) => {
    const dimension = start.length / random.length;
    return runProcedures(
      random.map((_, i) => descend(start.slice(i * dimension, (i + 1) * dimension), params.history)),
    );
  },
});

/**
 * Descends from `start`, [dimension]. All but the points and their values is in float64. Where no step goes down any more, which is where
 * float32 ends, it goes on asking for the point that it has come to.
 */
export function* descend(start: Float32Array, history: number): Procedure {
  const memory = new QuasiNewton(history);
  let here = yield* evaluate(Float64Array.from(start));
  for (;;) {
    const direction = memory.direction(here.gradient);
    const origin = { ...here, step: 0, slope: product(here.gradient, direction) };
    const along = (step: number) => evaluate(here.point, direction, step);
    const next = origin.slope < 0 ? yield* strongWolfe(along, origin, firstStep(memory, here)) : origin;
    if (next.loss < here.loss) {
      memory.learn(difference(next.point, here.point), difference(next.gradient, here.gradient));
      here = next;
    } else if (!memory.empty) memory.forget();
    else here = yield* evaluate(here.point);
  }
}

/** 1 is a quasi-Newton step; steepest descent, which knows no length, moves the sum of all entries by 1 at most. */
function firstStep(memory: QuasiNewton, { gradient }: Trial): number {
  return memory.empty ? Math.min(1, 1 / gradient.reduce((sum, x) => sum + Math.abs(x), 0)) : 1;
}

/** The trial at `from` + `step` `direction`, in float32 as it is evaluated. */
function* evaluate(
  from: Float64Array,
  direction: Float64Array = new Float64Array(from.length),
  step = 0,
): Procedure<Trial> {
  const point = Float32Array.from(from, (x, i) => x + step * (direction[i] as number));
  const { losses, gradient }: Evaluation = yield point;
  const slopes = Float64Array.from(gradient);
  const slope = product(slopes, direction);
  const finite = Number.isFinite(losses[0]) && Number.isFinite(slope);
  return {
    step,
    loss: finite ? (losses[0] as number) : Number.POSITIVE_INFINITY,
    slope: finite ? slope : 0,
    point: Float64Array.from(point),
    gradient: slopes,
  };
}

const difference = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value - (y[i] as number));
