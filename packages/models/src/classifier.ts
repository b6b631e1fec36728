/** The contract of a victim model: what a federated client trains and an attacker inverts. */
import type * as tf from '@leakscope/engine/tf';
import { defined, type Registered } from '@leakscope/shared/module';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';

/** `classes`: at least 2. `resolution`: the side of the square input, in pixels. */
export interface ClassifierOptions {
  readonly classes: number;
  readonly resolution: number;
}

/** An image classifier as pure tensor functions over named weights. Images are [N, ...inputShape] in [-1, 1]. */
export interface Classifier {
  /** Of its architecture; programs are cached by it. */
  readonly name: string;
  readonly classes: number;
  readonly inputShape: readonly [channels: number, height: number, width: number];
  /** Length of the penultimate feature vector. */
  readonly featureCount: number;
  /** Module path of the last linear layer, whose gradient gives away labels and which Soteria masks. */
  readonly head: string;
  /** Trained tensors, in PyTorch's order: this is the order of an update. */
  readonly parameters: readonly ParameterSpec[];
  /** Running batch-norm statistics, in PyTorch's order. */
  readonly buffers: readonly ParameterSpec[];
  /** Penultimate features [N, featureCount]. */
  features(layers: Layers, x: tf.Tensor): tf.Tensor;
  /** Features and logits [N, classes] of one pass. */
  forward(layers: Layers, x: tf.Tensor): { readonly features: tf.Tensor; readonly logits: tf.Tensor };
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
}

/** What an architecture says of a classifier; its name and its classes are known beside it. */
export type Network = Omit<Classifier, 'name' | 'classes'>;

/** Classifiers of one build, for any number of classes and, within reason, any resolution. */
export interface Architecture extends Registered {
  readonly kind: 'classifier';
  /** One line for `--help`. */
  readonly summary: string;
  /** What its usual data set has. */
  readonly defaults: ClassifierOptions;
  build(options: ClassifierOptions): Network;
}

/** An architecture of victim models. */
export const defineClassifier = (architecture: Omit<Architecture, 'kind' | 'module'>): Architecture =>
  defined('classifier', architecture);
