/** The contract of a local algorithm: what a client does with its examples in a round. One file an algorithm. */
import { trainingSchema } from '@leakscope/shared/config';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';

/** Examples of one local step. */
export interface Batch {
  /** [N, C, H, W], in [-1, 1]. */
  images: Float32Array;
  /** N class numbers. */
  labels: readonly number[];
}

/** Mean loss and gradient over a batch. */
export interface BatchGradient {
  /** Mean cross entropy. */
  loss: number;
  /** How many of the batch the model had right before the step. */
  correct: number;
  /** One tensor a parameter. */
  gradient: NamedTensors;
  /** Running statistics after this batch; empty with frozen batch norm. */
  buffers: NamedTensors;
}

/** How the local steps of SGD go. */
export interface LocalSteps {
  learningRate: number;
  momentum: number;
  weightDecay: number;
  /** Weight of FedProx's proximal term; at least 0. */
  proximal: number;
}

/** Where the local steps of a round end. */
export interface Descent {
  parameters: NamedTensors;
  /** Running statistics; empty with frozen batch norm. */
  buffers: NamedTensors;
  /** Mean over the steps, each before its step. */
  loss: number;
  /** How many examples were right, each before its step. */
  correct: number;
}

export interface LocalRound {
  /** The round's parameters and buffers; never written to. */
  weights: NamedTensors;
  /** One batch a local step. */
  batches: readonly Batch[];
  /** The model's gradient at any weights, after the defences that act on each example or step. */
  gradient(weights: NamedTensors, batch: Batch, step: number): Promise<BatchGradient>;
  /** All steps at once, where no defence acts on examples or steps: the same as steps by `gradient`, without moving them about. */
  descend?(steps: LocalSteps): Promise<Descent>;
}

export interface LocalResult {
  /** One tensor a parameter: what is defended and uploaded. */
  update: NamedTensors;
  /** Change of the running statistics; empty with frozen batch norm. Uploaded as it is: defences act on parameters. */
  buffers: NamedTensors;
  /** Mean over the local steps, each before its step. */
  loss: number;
  /** Share of the examples that were right, each before its step. */
  accuracy: number;
}

export interface LocalAlgorithm<P = unknown> {
  /** As written in an experiment file; `UPLOADS` of shared says what its update is. */
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** The keys of `training` that it takes. */
  readonly params: z.ZodType<P>;
  /** Batches that it asks for: one, or one a local step. */
  readonly batches: 'one' | 'one a step';
  run(round: LocalRound, params: P): Promise<LocalResult>;
}

/** Types an algorithm by its parameter schema; returns it unchanged. */
export function defineLocalAlgorithm<S extends z.ZodType>(
  algorithm: Omit<LocalAlgorithm<z.output<S>>, 'params'> & { readonly params: S },
): LocalAlgorithm<z.output<S>> {
  return algorithm as LocalAlgorithm<z.output<S>>;
}

const { learningRate, momentum, weightDecay, proximal } = trainingSchema.shape;

/** The keys of local SGD; others of `training` are left to their owners. */
export const sgdParams = z.object({ learningRate, momentum, weightDecay });

/** The same with the proximal term. */
export const proximalParams = sgdParams.extend({ proximal });
