/** What the suites attack: a LeNet at its start, and faces that the shipped generator can make. */
import { type Classifier, classifier, type LoadedGenerator, loadGenerator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { InterceptedUpdate } from '../../contract/update.ts';
import { computeGradient } from '../../matching/client-gradient.ts';
import { generate } from '../../prior/generate.ts';

export const GENERATOR = 'synthetic-faces-32';

export interface Victim {
  readonly model: Classifier;
  readonly weights: NamedTensors;
  readonly prior: LoadedGenerator;
  readonly images: readonly Float32Array[];
  /** One an image. */
  readonly labels: readonly number[];
  readonly update: InterceptedUpdate;
}

/** A victim whose update has as many images behind it. */
export async function victimOf(batchSize: number): Promise<Victim> {
  const model = classifier('lenet', { classes: 4, resolution: 32 });
  const weights = model.initialise(seeded('conformance', 'theta'));
  const prior = await loadGenerator(GENERATOR);
  const images = await generate(prior, seeded('conformance', 'z').normals(batchSize * prior.generator.latent));
  const labels = images.map((_, i) => (i + 1) % model.classes);
  const { gradient } = await computeGradient({ model, weights, images, labels });
  const update: InterceptedUpdate = { update: gradient, weights, model, batchSize, round: 0, algorithm: 'fedsgd' };
  return { model, weights, prior, images, labels, update };
}
