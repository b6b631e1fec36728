/** What a training recipe is: the networks it trains, the noise it draws and one step of it as a tensor program. */
import type * as tf from '@leakscope/engine/tf';
import type { Generator, Layers, ParameterSpec } from '@leakscope/models';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Trainee } from './adam.ts';
import type { Compute } from './compute.ts';
import type { Faces } from './faces.ts';

/** Anything that is trained: parameters, their start and a forward pass. Generators and critics are networks. */
export interface Network {
  readonly parameters: readonly ParameterSpec[];
  forward(layers: Layers, x: tf.Tensor): tf.Tensor;
  initialise(random: Random): NamedTensors;
}

/** One random input of a step. `uniform` is over [0, 1). */
export interface Noise {
  readonly law: 'normal' | 'uniform';
  readonly shape: readonly number[];
}

interface StepInput {
  /** [batches per step x batch, 3, side, side] in [-1, 1]. */
  readonly images: tf.Tensor;
  /** One tensor for each entry of `noise()`. */
  readonly noise: Readonly<Record<string, tf.Tensor>>;
  readonly trainees: Readonly<Record<string, Trainee>>;
  /** Scalar learning rate of this step. */
  readonly rate: tf.Tensor;
}

interface StepOutput {
  readonly trainees: Readonly<Record<string, Trainee>>;
  /** Scalars, for the progress line. */
  readonly losses: Readonly<Record<string, tf.Tensor>>;
}

export interface FinishInput {
  readonly generator: Generator;
  /** The generator's trained parameters. */
  readonly weights: NamedTensors;
  /** The whole state, by flat name: `<network>.weights/<parameter>`. */
  readonly state: NamedTensors;
  readonly faces: Faces;
  readonly batch: number;
  readonly seed: number;
  readonly compute: Compute;
}

export interface Recipe {
  readonly name: string;
  /** One phrase for `--help` and the model card. */
  readonly summary: string;
  readonly defaults: { readonly epochs: number; readonly batch: number; readonly learningRate: number };
  /** Batches of real images that one step takes. */
  readonly batchesPerStep: number;
  /** Whether real images are mirrored left to right with probability 1/2. */
  readonly mirror: boolean;
  /** Factor of the learning rate in the step after which the share `done` in (0, 1] of all steps is done. */
  schedule(done: number): number;
  /** What it trains; `generator` is among them. */
  networks(generator: Generator): Readonly<Record<string, Network>>;
  noise(generator: Generator, batch: number): Readonly<Record<string, Noise>>;
  step(generator: Generator, batch: number, input: StepInput): StepOutput;
  /** What is left to do to the generator's parameters before its statistics are measured and it is written. */
  finish?(input: FinishInput): Promise<NamedTensors>;
}

/** The trainee called `name`, which the recipe's own `networks()` promised. */
export function trainee(trainees: Readonly<Record<string, Trainee>>, name: string): Trainee {
  const found = trainees[name];
  if (found === undefined) throw new Error(`the recipe lists no network '${name}'`);
  return found;
}
