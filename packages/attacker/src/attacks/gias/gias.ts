/**
 * Gradient inversion with a generative image prior (Jeon et al., NeurIPS 2021): first a generator's latents, then its weights, so that it can show
 * what it has not learned to. Each image of a batch gets weights of its own.
 */
import { z } from 'zod';
import { defineAttack } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { cosine } from '../../matching/objectives/cosine.ts';
import { tv } from '../../matching/regularisers/tv.ts';
import { generate } from '../../prior/generate.ts';
import { adam } from '../../search/optimisers/adam.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import { readCase } from '../case.ts';
import { type OneSearch, runSearch } from '../one-search.ts';
import { inStages } from '../staged/findings.ts';
import { parameterSpace } from './parameter-space.ts';

const rate = z.number().positive();

export const gias = defineAttack({
  name: 'gias',
  summary: "search a generator's latents, then its weights",
  params: z.strictObject({
    /** A shipped generator's name, or a path. */
    generator: z.string().min(1),
    /** In the latents. */
    steps: steps.default(500),
    learningRate: rate.default(0.03),
    /** In the weights. */
    weightSteps: steps.default(5000),
    weightRate: rate.default(0.001),
    /** Of the total variation. */
    tvWeight: z.number().nonnegative().default(1e-6),
    /** Independent searches of latents; the weights are searched from the one of smallest loss. */
    restarts: z.int().min(1).max(256).default(3),
    /** How gradients are compared; the forms agree in value. */
    matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
    seed: z.int().min(0).default(1),
  }),
  requires: {},
  async reconstruct(input, params, context) {
    const one = await readCase('gias', input, params.generator, context);
    const { prior } = one;
    const search = (space: OneSearch['space'], starts: number, steps: number, learningRate: number): OneSearch => ({
      attack: 'gias',
      space,
      starts,
      objective: using(cosine),
      regularisers: [using(tv, { regulariserWeight: params.tvWeight })],
      optimiser: using(adam, { steps, learningRate, signed: false }),
      seed: params.seed,
      form: params.matching,
    });
    const stages = inStages(one, params.restarts * params.steps + params.weightSteps, context);
    const inLatents = search({ of: 'generator', ...prior }, params.restarts, params.steps, params.learningRate);
    const latents = await stages.run('latents', inLatents, (own) => runSearch(one, inLatents, own));
    const space = parameterSpace(prior, latents.best);
    const start = new Float32Array(one.batchSize * space.origin.length);
    for (let i = 0; i < one.batchSize; i++) start.set(space.origin, i * space.origin.length);
    const inWeights = {
      ...search({ of: 'generator', ...space }, 1, params.weightSteps, params.weightRate),
      from: start,
    };
    const weights = await stages.run('weights', inWeights, (own) => runSearch(one, inWeights, own));
    // The first step is at the generator's own weights: what they find is never worse than the latents alone.
    return stages.findings({
      images: await generate(space, weights.best, context),
      loss: weights.loss,
      restarts: latents.restarts,
      width: params.restarts,
    });
  },
});
