/** `trainGenerator`: from a dataset's public partition to a generator file, with checkpoints, sample grids and resume. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlan, Dataset } from '@leakscope/data';
import type { Logger } from '@leakscope/shared/log';
import { readCheckpoint, type TrainingIdentity, writeCheckpoint } from './checkpoint.ts';
import { type Compute, computeOf } from './compute.ts';
import { exportGenerator, finishedWeights, writeSamples } from './export.ts';
import { loadFaces } from './faces.ts';
import { type Plan, planOf } from './plan.ts';
import { progressMeter, type TrainingProgress } from './progress.ts';
import { openTrainer, stepsOf, type Trainer } from './trainer.ts';
import { initialState, stateShapes } from './training-program.ts';

export interface TrainOptions extends Compute {
  readonly data: DataPlan;
  /** The generator's file, fp16 safetensors. Checkpoint and grids go into `<out without .safetensors>.training/`. */
  readonly out: string;
  /** Default `vae`. */
  readonly recipe?: string;
  /** Generator architecture; default `ggl-wgan32`. */
  readonly arch?: string;
  /** Passes through the public partition; default: the recipe's. */
  readonly epochs?: number;
  /** Images a step, at least 2; default: the recipe's. */
  readonly batch?: number;
  /** Default: the recipe's. */
  readonly learningRate?: number;
  /** Default 2022. */
  readonly seed?: number;
  /** Go on from the checkpoint, which must stem from the same options and data. */
  readonly resume?: boolean;
  /** Epochs between sample grids; default a fifth of all, 0 for none. */
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
 * Trains a generator on the dataset's public partition. The same options, data, executor and threads give the same file,
 * interrupted and resumed or not.
 * @throws TRAIN_OPTION_INVALID, TRAIN_RECIPE_UNKNOWN, TRAIN_TOO_FEW_IMAGES, TRAIN_IMAGE_SHAPE, TRAIN_DIVERGED,
 * TRAIN_CHECKPOINT_MISSING, TRAIN_CHECKPOINT_MISMATCH, MODEL_UNKNOWN, DATA_ and TENSORS_ errors.
 */
export async function trainGenerator(options: TrainOptions): Promise<TrainResult> {
  const plan = planOf(options);
  const dataset = await options.data.open();
  try {
    return await trainOn(dataset, plan, options);
  } finally {
    await dataset.close();
  }
}

async function trainOn(dataset: Dataset, plan: Plan, options: TrainOptions): Promise<TrainResult> {
  const begun = performance.now();
  const { out, signal } = options;
  const { recipe, generator } = plan;
  const compute = computeOf(options);
  const folder = `${out.replace(/\.safetensors$/, '')}.training`;
  const checkpoint = join(folder, 'checkpoint.safetensors');
  const identity: TrainingIdentity = {
    ...plan,
    recipe: recipe.name,
    arch: generator.name,
    data: await dataset.digest(),
  };
  const start =
    options.resume === true
      ? await readCheckpoint(checkpoint, identity, stateShapes(recipe, generator))
      : { step: 0, state: initialState(recipe, generator, plan.seed) };
  const faces = await loadFaces(dataset, dataset.partition('public'), { side: generator.outputShape[1], signal });
  const steps = stepsOf(plan, faces.count);
  await mkdir(folder, { recursive: true });

  const trainer = await openTrainer(plan, faces, start.state, compute);
  const save = async (step: number): Promise<void> =>
    writeCheckpoint(checkpoint, identity, { step, state: await trainer.state() });
  const finished = async () => finishedWeights(plan, await trainer.state(), faces, compute);
  const sample = async (step: number): Promise<void> =>
    writeSamples(join(folder, `samples-${String(step).padStart(6, '0')}.png`), plan, await finished(), compute);
  try {
    const { step, losses } = await loop(trainer, start.step, { plan, options, save, sample });
    await save(step);
    const interrupted = step < steps;
    if (!interrupted) {
      const weights = await finished();
      await exportGenerator(out, plan, weights, {
        data: dataset.name,
        dataDigest: identity.data,
        images: faces.count,
        steps,
      });
      await writeSamples(join(folder, 'samples.png'), plan, weights, compute);
    }
    return { out, checkpoint, step, steps, seconds: (performance.now() - begun) / 1000, interrupted, losses };
  } finally {
    await trainer.close();
  }
}

interface LoopContext {
  readonly plan: Plan;
  readonly options: TrainOptions;
  save(step: number): Promise<void>;
  sample(step: number): Promise<void>;
}

/** Steps from `first` on until all are done or the signal comes. */
async function loop(
  trainer: Trainer,
  first: number,
  { plan, options, save, sample }: LoopContext,
): Promise<{ step: number; losses: Readonly<Record<string, number>> }> {
  const { steps } = trainer;
  const { epochs, batch, recipe } = plan;
  const { signal, logger, onProgress, sampleEvery = epochs / 5, checkpointSeconds = 60 } = options;
  const sampleSteps = Math.round((sampleEvery * steps) / epochs);
  const meter = progressMeter({ steps, epochs, imagesPerStep: batch * recipe.batchesPerStep, first });
  let losses: Readonly<Record<string, number>> = {};
  let saved = performance.now();
  let step = first;
  while (step < steps && signal?.aborted !== true) {
    const report = meter.count(step + 1, await trainer.run(step));
    step++;
    if (report !== undefined) {
      losses = report.losses;
      onProgress?.(report);
      logger?.debug(report, 'training');
    }
    if (sampleSteps > 0 && step % sampleSteps === 0 && step < steps) await sample(step);
    if (performance.now() - saved > checkpointSeconds * 1000) {
      await save(step);
      saved = performance.now();
    }
  }
  return { step, losses };
}
