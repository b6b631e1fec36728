/** What a client does with its examples in a round. One file a strategy. */
import type { NamedTensors } from '@leakscope/shared/tensors';

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

export interface LocalRound extends LocalSteps {
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

export interface LocalAlgorithm {
  readonly name: string;
  run(round: LocalRound): Promise<LocalResult>;
}
