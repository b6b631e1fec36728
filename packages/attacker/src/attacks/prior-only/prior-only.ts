/** What the generator gives without the gradient: the attack that must be beaten for anything to have leaked. */
import { seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineAttack } from '../../contract/attack.ts';
import { readUpdate } from '../../inference/intercepted-gradient.ts';
import { generate } from '../../prior/generate.ts';
import { loadPrior } from '../../prior/load.ts';

export const priorOnly = defineAttack({
  name: 'prior-only',
  summary: 'draw images from the generator without looking at the gradient',
  params: z.strictObject({
    /** A shipped generator's name, or a path. */
    generator: z.string().min(1),
    seed: z.int().min(0).default(1),
  }),
  requires: {},
  async reconstruct(input, options, context) {
    const { batchSize } = input.update;
    const { model, gradient, labels, estimates } = readUpdate('prior-only', input);
    const prior = await loadPrior('prior-only', options.generator, model, context.base);
    const { latent } = prior.generator;
    context.signal?.throwIfAborted();
    const drawn = seeded(options.seed, 'prior-only', digestTensors(gradient)).normals(batchSize * latent);
    return {
      images: await generate(prior, drawn, context),
      imageShape: model.inputShape,
      labels,
      latents: Array.from({ length: batchSize }, (_, i) => drawn.slice(i * latent, (i + 1) * latent)),
      loss: null,
      losses: [],
      restarts: [],
      steps: 0,
      beside: 1,
      width: 1,
      estimates,
    };
  },
});
