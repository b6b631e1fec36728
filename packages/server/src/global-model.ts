/** The model that the federation trains: its weights, the server's step, and the encoded form that clients fetch. */
import type { Classifier } from '@leakscope/models';
import { type Training, UPLOADS } from '@leakscope/shared/config';
import { type WireDigest, wireDigest } from '@leakscope/shared/digests';
import { canonicalJson } from '@leakscope/shared/json';
import type { Plugin } from '@leakscope/shared/plugin';
import { type Encoding, encodeTensors } from '@leakscope/shared/protocol';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import { serverOptimiser } from './optimisers/registry.ts';
import type { OptimiserState, ServerOptimiser } from './optimisers/server-optimiser.ts';

export interface EncodedWeights {
  encoding: Encoding;
  bytes: Uint8Array;
  /** Of the bytes. */
  digest: WireDigest;
}

export class GlobalModel {
  readonly #model: Classifier;
  readonly #weights: NamedTensors;
  #optimiser: { spec: Plugin; steps: ServerOptimiser } | undefined;
  #encoded: EncodedWeights | undefined;

  /** `weights` holds every parameter and buffer of the model and belongs to this object from now on. */
  constructor(model: Classifier, weights: NamedTensors) {
    this.#model = model;
    this.#weights = weights;
  }

  /** Parameters and buffers; read only. */
  get weights(): NamedTensors {
    return this.#weights;
  }

  /** What the optimiser of the last step remembers; undefined before the first. */
  get optimiser(): OptimiserState | undefined {
    return this.#optimiser && { spec: this.#optimiser.spec, tensors: this.#optimiser.steps.state() };
  }

  /** Goes on with an optimiser's memory. */
  restoreOptimiser({ spec, tensors }: OptimiserState): void {
    this.#optimiserOf(spec).restore(tensors);
  }

  /**
   * Takes the server's step along the clients' aggregated update: a gradient with FedSGD, a change of the weights with FedAvg and FedProx.
   * Running statistics move by the aggregated change, without an optimiser. A server learning rate of 0 keeps everything.
   * Returns whether anything moved.
   */
  step(aggregate: NamedTensors, training: Training): boolean {
    if (training.serverLearningRate === 0 || aggregate.size === 0) return false;
    const factor = UPLOADS[training.algorithm] === 'gradient' ? -training.learningRate : 1;
    const direction: NamedTensors = new Map();
    for (const { name } of this.#model.parameters) {
      const { shape, data } = aggregate.get(name) as Tensor;
      const scaled = tensor(shape);
      for (let i = 0; i < data.length; i++) scaled.data[i] = factor * (data[i] as number);
      direction.set(name, scaled);
    }
    this.#optimiserOf(training.serverOptimizer).step(this.#weights, direction, training.serverLearningRate);
    for (const { name } of this.#model.buffers) {
      const change = aggregate.get(name)?.data;
      const buffer = this.#weights.get(name)?.data as Float32Array;
      change?.forEach((value, i) => {
        buffer[i] = (buffer[i] as number) + value;
      });
    }
    this.#encoded = undefined;
    return true;
  }

  /** The weights as they go over the wire; encoded once, until they move. */
  encoded(encoding: Encoding): EncodedWeights {
    if (this.#encoded?.encoding !== encoding) {
      const bytes = encodeTensors(this.#weights, encoding);
      this.#encoded = { encoding, bytes, digest: wireDigest(bytes) };
    }
    return this.#encoded;
  }

  /** The one under way, where a stage goes on with it; else a fresh one. */
  #optimiserOf(spec: Plugin): ServerOptimiser {
    if (this.#optimiser === undefined || canonicalJson(this.#optimiser.spec) !== canonicalJson(spec)) {
      this.#optimiser = { spec, steps: serverOptimiser(spec) };
    }
    return this.#optimiser.steps;
  }
}
