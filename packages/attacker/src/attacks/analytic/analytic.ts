/**
 * What fully connected layers give away without a search over gradients. A model whose first layer is one gives its image, exactly. Of any
 * other the head gives the features; images with those features are then looked for through a generator, which is no more than a guess.
 */

import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type AttackContext, type AttackInput, defineAttack, type Findings } from '../../contract/attack.ts';
import { headGradient, leakedFeatures } from '../../inference/head.ts';
import { generate } from '../../prior/generate.ts';
import { adam } from '../../search/optimisers/adam.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import { search } from '../../search/search.ts';
import { type Case, readCase, readSubject, type Subject } from '../case.ts';
import { type LeakedFeatures, openFeatureLoss } from './feature-loss.ts';
import { imageOfFirstLayer } from './first-layer.ts';

const parameters = z.strictObject({
  /** A shipped generator's name, or a path; needed where the first layer is not fully connected. */
  generator: z.string().min(1).exactOptional(),
  steps: steps.default(300),
  learningRate: z.number().positive().default(0.1),
  /** Searches of latents side by side; the smallest distance of features is chosen. */
  restarts: z.int().min(1).max(256).default(12),
  seed: z.int().min(0).default(1),
});

export const analytic = defineAttack({
  name: 'analytic',
  summary: "read a fully connected layer's input off its gradient: the image, or the features of one",
  params: parameters,
  // The gradients of several examples add up to a mixture of their inputs.
  requires: { largestBatch: 1 },
  async reconstruct(input, params, context) {
    const one = readSubject('analytic', input);
    const image = imageOfFirstLayer(one.model, one.gradient);
    context.signal?.throwIfAborted();
    return image === undefined ? byFeatures(input, params, context) : readOff(one, image);
  },
});

function readOff({ model, labels, estimates }: Subject, image: Float32Array): Findings {
  return {
    images: [image],
    imageShape: model.inputShape,
    labels,
    loss: null,
    losses: [],
    restarts: [],
    steps: 0,
    beside: 1,
    width: 1,
    estimates,
  };
}

async function byFeatures(
  input: AttackInput,
  { generator, steps, learningRate, restarts, seed }: z.output<typeof parameters>,
  context: AttackContext,
): Promise<Findings> {
  const refuse = (reason: string) => new LeakscopeError('ATTACK_REFUSED', { attack: 'analytic', reason });
  if (generator === undefined) {
    throw refuse(`the first layer of ${input.update.model.name} is not fully connected: set generator`);
  }
  const one = await readCase('analytic', input, generator, context);
  const leaked = featuresOf(one);
  if (leaked === undefined) throw refuse("the gradient of the head's bias is zero: it leaks no features");
  const { model, prior, labels, estimates, gradient } = one;
  const start = seeded(seed, 'analytic', digestTensors(gradient)).normals(restarts * one.entries);
  const loss = await openFeatureLoss(one, leaked, restarts, context);
  const [outcome] = await search({
    attack: 'analytic',
    optimiser: adam.open({ start, random: [] }, adam.params.parse({ steps, learningRate })),
    evaluate: loss.evaluate,
    restarts,
    steps,
    context,
  }).finally(() => loss.release());
  if (outcome === undefined || outcome.status === 'rejected') throw outcome?.reason;
  const { best, trace } = outcome.value;
  return {
    images: await generate(prior, best, context),
    imageShape: model.inputShape,
    labels,
    latents: [best],
    loss: outcome.value.loss,
    losses: trace,
    restarts: outcome.value.restarts,
    steps,
    beside: 1,
    width: restarts,
    estimates,
  };
}

/** Of a head whose gradient a defence has thinned out, a zero says nothing; of any other it is a feature that is zero. */
function featuresOf({ model, gradient, estimates }: Case): LeakedFeatures | undefined {
  const values = leakedFeatures(model, headGradient(model, gradient));
  const { soteria, sparsify } = estimates.defense ?? {};
  const thinned = soteria !== undefined || sparsify !== undefined;
  return values && { values, known: values.map((value) => (thinned && value === 0 ? 0 : 1)) };
}
