/** `trainGenerator`: from a dataset's public partition to a generator file, with checkpoints, sample grids and resume. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataConfig, openDataset } from '@leakscope/data';
import { type Generator, generator as generatorOf, saveWeights } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { calibrate } from './calibrate.ts';
import { readCheckpoint, type TrainingIdentity, writeCheckpoint } from './checkpoint.ts';
import type { Compute } from './compute.ts';
import { type Faces, loadFaces } from './faces.ts';
import { progressMeter, type TrainingProgress } from './progress.ts';
import type { Recipe } from './recipe.ts';
import { DEFAULT_RECIPE, recipeNamed } from './recipes.ts';
import { drawSamples, writeGrid } from './sample.ts';
import { openTrainer, type Plan, stepsOf, type Trainer } from './trainer.ts';
import { generatorWeights, initialState, stateShapes } from './training-program.ts';

export interface TrainOptions extends Compute {
  readonly data: DataConfig;
  /** The generator's file, fp16 safetensors. Checkpoint and grids go into `<out without .safetensors>.training/`. */
  readonly out: string;
  /** Default `vae`. */
  readonly recipe?: string;
  /** Generator architecture; default `ggl-wgan32`. */
  readonly arch?: string;
  /** Passes through the public partition; default: the recipe's. */
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  /** Default 2022. */
  readonly seed?: number;
  /** Go on from the checkpoint; it must stem from the same options. */
  readonly resume?: boolean;
  /** Epochs between sample grids; default a tenth of all, 0 for none. */
  readonly sampleEvery?: number;
  /** Seconds between checkpoints; default 60. They do not change the result. */
  readonly checkpointSeconds?: number;
  /** Aborting it ends the training after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

export interface TrainResult {
  readonly out: string;
  readonly checkpoint: string;
  /** Steps done, of all. */
  readonly step: number;
  readonly steps: number;
  readonly seconds: number;
  /** True: the signal came first. Nothing was exported; train again with `resume`. */
  readonly interrupted: boolean;
  /** Mean losses of the last report. */
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * Trains a generator on the dataset's public partition. Same options, data and executor give the same file, interrupted
 * or not.
 * @throws TRAIN_OPTION_INVALID, TRAIN_TOO_FEW_IMAGES, TRAIN_DIVERGED, TRAIN_CHECKPOINT_MISSING, TRAIN_CHECKPOINT_MISMATCH,
 * MODEL_UNKNOWN, DATA_ and TENSORS_ errors.
 */
export async function trainGenerator(options: TrainOptions): Promise<TrainResult> {
  const begun = performance.now();
  const plan = planOf(options);
  const folder = `${options.out.replace(/\.safetensors$/, '')}.training`;
  const checkpoint = join(folder, 'checkpoint.safetensors');
  const dataset = await openDataset(options.data);
  try {
    const identity: TrainingIdentity = {
      recipe: plan.recipe.name,
      arch: plan.generator.name,
      data: await dataset.digest(),
      seed: plan.seed,
      epochs: plan.epochs,
      batch: plan.batch,
      learningRate: plan.learningRate,
    };
    const start =
      options.resume === true
        ? await readCheckpoint(checkpoint, identity, stateShapes(plan.recipe, plan.generator))
        : { step: 0, state: initialState(plan.recipe, plan.generator, plan.seed) };
    const side = plan.generator.outputShape[1];
    const faces = await loadFaces(dataset, dataset.partition('public'), { side, signal: options.signal });
    const steps = stepsOf(plan, faces.count);
    await mkdir(folder, { recursive: true });

    const compute = computeOf(options);
    const trainer = await openTrainer(plan, faces, start.state, compute);
    const save = async (step: number): Promise<void> =>
      writeCheckpoint(checkpoint, identity, { step, state: await trainer.state() });
    const sample = async (step: number): Promise<void> => {
      const weights = await finished(plan, await trainer.state(), faces, compute);
      const images = await drawSamples(plan.generator, weights, { count: 64, seed: plan.seed, ...compute });
      await writeGrid(join(folder, `samples-${String(step).padStart(6, '0')}.png`), images, { side, columns: 8 });
    };
    try {
      const { step, losses } = await loop(trainer, { plan, options, first: start.step, save, sample });
      const interrupted = step < steps;
      await save(step);
      if (!interrupted) {
        const weights = await finished(plan, await trainer.state(), faces, compute);
        const { epochs, batch, learningRate, seed, recipe, data } = identity;
        const metadata = {
          recipe,
          data: dataset.name,
          dataDigest: data,
          epochs,
          batch,
          learningRate,
          seed,
          steps,
          images: faces.count,
        };
        await saveWeights(options.out, plan.generator, weights, {
          dtype: 'F16',
          metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
        });
      }
      return {
        out: options.out,
        checkpoint,
        step,
        steps,
        seconds: (performance.now() - begun) / 1000,
        interrupted,
        losses,
      };
    } finally {
      await trainer.close();
    }
  } finally {
    await dataset.close();
  }
}

interface Loop {
  plan: Plan;
  options: TrainOptions;
  first: number;
  save(step: number): Promise<void>;
  sample(step: number): Promise<void>;
}

async function loop(
  trainer: Trainer,
  { plan, options, first, save, sample }: Loop,
): Promise<{ step: number; losses: Readonly<Record<string, number>> }> {
  const { steps } = trainer;
  const { signal, logger, onProgress, checkpointSeconds = 60 } = options;
  const stepsPerEpoch = steps / plan.epochs;
  const sampleSteps = Math.round((options.sampleEvery ?? plan.epochs / 10) * stepsPerEpoch);
  const meter = progressMeter({
    steps,
    epochs: plan.epochs,
    imagesPerStep: plan.batch * plan.recipe.batchesPerStep,
    first,
  });
  let losses: Readonly<Record<string, number>> = {};
  let saved = performance.now();
  let step = first;
  while (step < steps && signal?.aborted !== true) {
    const stepLosses = await trainer.run(step);
    step++;
    const report = meter.count(step, stepLosses);
    if (report !== undefined) {
      losses = report.losses;
      onProgress?.(report);
      logger?.debug(report, 'training');
    }
    if (sampleSteps > 0 && step % sampleSteps === 0) await sample(step);
    if (performance.now() - saved > checkpointSeconds * 1000) {
      await save(step);
      saved = performance.now();
    }
  }
  return { step, losses };
}

/** The generator as it would be exported now: parameters finished by the recipe, statistics measured for them. */
async function finished(
  { recipe, generator, batch, seed }: Plan,
  state: NamedTensors,
  faces: Faces,
  compute: Compute,
): Promise<NamedTensors> {
  const trained = generatorWeights(generator, state);
  const weights =
    (await recipe.finish?.({ generator, weights: trained, state, faces, batch, seed, compute })) ?? trained;
  return calibrate(generator, weights, seed, compute);
}

function planOf(options: TrainOptions): Plan {
  const recipe: Recipe = recipeNamed(options.recipe ?? DEFAULT_RECIPE);
  const generator: Generator = generatorOf(options.arch ?? 'ggl-wgan32');
  const { epochs, batch, learningRate } = { ...recipe.defaults, ...options };
  const seed = options.seed ?? 2022;
  for (const [field, value, valid, expected] of [
    ['epochs', epochs, epochs > 0, 'a number above 0'],
    // Batch norm needs two examples to have a variance.
    ['batch', batch, Number.isInteger(batch) && batch >= 2, 'an integer of at least 2'],
    ['learningRate', learningRate, learningRate > 0 && Number.isFinite(learningRate), 'a number above 0'],
    ['seed', seed, Number.isSafeInteger(seed), 'an integer'],
  ] as const) {
    if (!valid) throw new LeakscopeError('TRAIN_OPTION_INVALID', { field, value, expected });
  }
  return { recipe, generator, epochs, batch, learningRate, seed };
}

function computeOf({ executor, threads }: Compute): Compute {
  return { ...(executor !== undefined && { executor }), ...(threads !== undefined && { threads }) };
}
