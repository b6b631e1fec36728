/** The model that the federation trains: its weights, the server's step, and the encoded form that clients fetch. */
import type { Classifier } from '@leakscope/models';
import { type Training, UPLOADS } from '@leakscope/shared/config';
import { type WireDigest, wireDigest } from '@leakscope/shared/digests';
import { type Encoding, encodeTensors } from '@leakscope/shared/protocol';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import { serverAdam } from './optimisers/adam.ts';
import type { ServerOptimiser } from './optimisers/server-optimiser.ts';
import { serverSgd } from './optimisers/sgd.ts';

const OPTIMISERS: Record<Training['serverOptimizer'], () => ServerOptimiser> = { sgd: serverSgd, adam: serverAdam };

export interface EncodedWeights {
  encoding: Encoding;
  bytes: Uint8Array;
  /** Of the bytes. */
  digest: WireDigest;
}

export class GlobalModel {
  readonly #model: Classifier;
  readonly #weights: NamedTensors;
  #optimiser: ServerOptimiser = serverSgd();
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

  /** What the server's optimiser remembers, and its name. */
  get optimiser(): { name: string; state: NamedTensors } {
    return { name: this.#optimiser.name, state: this.#optimiser.state() };
  }

  restoreOptimiser(name: Training['serverOptimizer'], state: NamedTensors): void {
    this.#optimiser = OPTIMISERS[name]();
    this.#optimiser.restore(state);
  }

  /**
   * Takes the server's step along the clients' mean update: a gradient with FedSGD, a change of the weights with FedAvg and FedProx.
   * Running statistics move by the clients' mean change, without an optimiser. A server learning rate of 0 keeps everything.
   * Returns whether anything moved.
   */
  step(mean: NamedTensors, training: Training): boolean {
    if (training.serverLearningRate === 0 || mean.size === 0) return false;
    if (this.#optimiser.name !== training.serverOptimizer) this.#optimiser = OPTIMISERS[training.serverOptimizer]();
    const factor = UPLOADS[training.algorithm] === 'gradient' ? -training.learningRate : 1;
    const direction: NamedTensors = new Map();
    for (const { name } of this.#model.parameters) {
      const { shape, data } = mean.get(name) as Tensor;
      const scaled = tensor(shape);
      for (let i = 0; i < data.length; i++) scaled.data[i] = factor * (data[i] as number);
      direction.set(name, scaled);
    }
    this.#optimiser.step(this.#weights, direction, training.serverLearningRate);
    for (const { name } of this.#model.buffers) {
      const change = mean.get(name)?.data;
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
}
