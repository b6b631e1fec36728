/** Whose gradients the benchmarks match. */
import { computeGradient } from '@leakscope/attacker/matching';
import type { Classifier } from '@leakscope/models';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { type BenchOptions, engineOf } from './case.ts';

/** ResNet-18 with either stem. */
export const ARCHITECTURES = ['resnet18-cifar', 'resnet18-imagenet'] as const;

/** What a client would upload for one image, CHW in [-1, 1], of class 1. */
export async function interceptedGradient(
  model: Classifier,
  weights: NamedTensors,
  image: Float32Array,
  options: BenchOptions,
): Promise<NamedTensors> {
  return (await computeGradient({ model, weights, images: [image], labels: [1], ...engineOf(options) })).gradient;
}
