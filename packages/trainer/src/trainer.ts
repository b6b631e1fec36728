/** A training in progress: one compiled session, fed with the batches and the noise that the step number decides. */
import { openSession } from '@leakscope/engine';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type Random, seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, tensor, valuesByName } from '@leakscope/shared/tensors';
import type { Compute } from './compute.ts';
import { batchIndices, type Faces } from './faces.ts';
import type { Plan } from './plan.ts';
import { stateShapes, trainingProgram } from './training-program.ts';

export interface Trainer {
  readonly steps: number;
  /** Does step number `step` (0 is the first) and gives its losses. @throws TRAIN_DIVERGED */
  run(step: number): Promise<Record<string, number>>;
  /** A copy of the state after the steps so far. */
  state(): Promise<NamedTensors>;
  close(): Promise<void>;
}

/** Steps that `epochs` passes through `count` images take. @throws TRAIN_TOO_FEW_IMAGES */
export function stepsOf({ recipe, batch, epochs }: Plan, count: number): number {
  if (count < batch) throw new LeakscopeError('TRAIN_TOO_FEW_IMAGES', { count, batch });
  return Math.max(1, Math.round((epochs * Math.floor(count / batch)) / recipe.batchesPerStep));
}

/** Every draw of a step is keyed by its number, so that a resumed training does what an uninterrupted one would have done. */
export async function openTrainer(plan: Plan, faces: Faces, state: NamedTensors, compute: Compute): Promise<Trainer> {
  const { recipe, generator, batch, learningRate, seed } = plan;
  const steps = stepsOf(plan, faces.count);
  const noise = Object.entries(recipe.noise(generator, batch));
  const session = await openSession(trainingProgram(recipe, generator, batch), {
    bound: {},
    state: valuesByName(state),
    ...compute,
  });
  return {
    steps,
    async run(step) {
      const outputs = await session.run({
        images: images(plan, faces, step),
        rate: Float32Array.of(learningRate * recipe.schedule((step + 1) / steps)),
        ...Object.fromEntries(
          noise.map(([name, { law, shape }]) => {
            const random = seeded(seed, 'noise', step, name);
            return [
              `noise/${name}`,
              law === 'normal' ? random.normals(sizeOf(shape)) : uniforms(random, sizeOf(shape)),
            ];
          }),
        ),
      });
      const losses = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value[0] as number]));
      for (const [loss, value] of Object.entries(losses)) {
        if (!Number.isFinite(value)) throw new LeakscopeError('TRAIN_DIVERGED', { loss, value, step });
      }
      return losses;
    },
    async state() {
      const values = await session.readState();
      const shapes = Object.entries(stateShapes(recipe, generator));
      return new Map(shapes.map(([name, shape]) => [name, tensor(shape, values[name])]));
    },
    close: () => session.release(),
  };
}

function images({ recipe, batch, seed }: Plan, faces: Faces, step: number): Float32Array {
  const chosen = Array.from({ length: recipe.batchesPerStep }, (_, i) =>
    batchIndices(faces.count, batch, seed, step * recipe.batchesPerStep + i),
  ).flat();
  if (!recipe.mirror) return faces.batch(chosen);
  const random = seeded(seed, 'mirror', step);
  return faces.batch(
    chosen,
    chosen.map(() => random.uniform() < 0.5),
  );
}

function uniforms(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.uniform());
}
