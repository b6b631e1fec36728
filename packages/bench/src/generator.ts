/** `bench generator`: one training step of the default recipe on GGL's 32x32 generator, batches of noise images, Adam included. */
import { openSession } from '@leakscope/engine';
import { generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { sizeOf, valuesByName } from '@leakscope/shared/tensors';
import type { Recipe } from '@leakscope/trainer';
import { DEFAULT_RECIPE, recipeNamed } from '@leakscope/trainer/recipes';
import { initialState, trainingProgram } from '@leakscope/trainer/training-program';
import { type BenchCase, type BenchOptions, conditions, engineOf, type Planned, relativeError, time } from './case.ts';

const GENERATOR = generator('ggl-wgan32');
/** Of the check on the reference executor, which is a hundred times slower. */
const CHECKED_BATCH = 2;

/** One case. The error is that of a small batch's losses and of the change of all weights, against the `eager` executor. */
export function generatorCases(): Planned[] {
  const recipe = recipeNamed(DEFAULT_RECIPE);
  const name = `generator/${GENERATOR.name}/${recipe.name}/batch${recipe.defaults.batch}`;
  return [{ name, measure: (options) => measure(name, recipe, options) }];
}

async function measure(name: string, recipe: Recipe, options: BenchOptions): Promise<BenchCase> {
  const engine = engineOf(options);
  const { batch } = recipe.defaults;
  const state = valuesByName(initialState(recipe, GENERATOR, 1));
  const start = performance.now();
  const program = trainingProgram(recipe, GENERATOR, batch);
  const compiled = performance.now();
  const session = await openSession(program, { bound: {}, state, ...engine });
  const opened = performance.now();
  const timing = await time(
    { name, prepare: (index) => stepInputs(recipe, batch, index), call: (inputs) => session.run(inputs) },
    options,
  );
  await session.release();
  return {
    name,
    ...timing,
    items: batch,
    rel_error: await stepError(recipe, state, engine),
    ...conditions(session, options, [start, compiled, opened]),
  };
}

type Values = Record<string, Float32Array>;

function stepInputs(recipe: Recipe, batch: number, index: number): Values {
  const draw = (name: string, size: number): Float32Array => seeded('bench', name, index).normals(size);
  return {
    images: draw('images', recipe.batchesPerStep * batch * sizeOf(GENERATOR.outputShape)).map(Math.tanh),
    rate: Float32Array.of(recipe.defaults.learningRate),
    ...Object.fromEntries(
      Object.entries(recipe.noise(GENERATOR, batch)).map(([name, { shape }]) => [
        `noise/${name}`,
        draw(name, sizeOf(shape)),
      ]),
    ),
  };
}

async function stepError(
  recipe: Recipe,
  state: Values,
  engine: Pick<BenchOptions, 'executor' | 'threads'>,
): Promise<number> {
  const inputs = stepInputs(recipe, CHECKED_BATCH, 0);
  const step = async (options: Pick<BenchOptions, 'executor' | 'threads'>) => {
    const program = trainingProgram(recipe, GENERATOR, CHECKED_BATCH);
    const session = await openSession(program, { bound: {}, state, ...options });
    const losses = Object.values(await session.run(inputs)).flatMap((loss) => [...loss]);
    const after = await session.readState();
    await session.release();
    return { losses, gradients: firstMoments(after) };
  };
  const [got, want] = [await step(engine), await step({ executor: 'eager' })];
  return Math.max(relativeError(got.losses, want.losses), relativeError(got.gradients, want.gradients));
}

/** After one step Adam's first moments are the gradient, scaled; the weights' change is its sign, which says little. */
const firstMoments = (state: Values): number[] =>
  Object.keys(state)
    .filter((name) => name.includes('.first/'))
    .flatMap((name) => [...(state[name] as Float32Array)]);
