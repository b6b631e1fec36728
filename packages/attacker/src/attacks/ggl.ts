/**
 * Generative gradient leakage (Li et al., CVPR 2022): search a generator's latent space for the images whose gradient,
 * put through the defence, explains the intercepted one.
 */
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineAttack } from '../attack.ts';
import { generate } from '../generate.ts';
import { oneHotRows } from '../gradient.ts';
import { readUpdate } from '../intercepted-gradient.ts';
import type { MatchingProblem } from '../matching/problem.ts';
import { openObjective } from '../matching-objective.ts';
import { adam } from '../optimisers/adam.ts';
import { loadPrior } from '../prior.ts';
import { search } from '../search.ts';

const params = z.strictObject({
  /** A shipped generator's name, or a path. */
  generator: z.string().min(1),
  optimizer: z.enum(['adam']).default('adam'),
  steps: z.int().min(1).max(1_000_000).default(2500),
  learningRate: z.number().positive().default(0.1),
  /** Feed Adam the gradient's sign, as the reference code does. */
  signed: z.boolean().default(true),
  /** Independent starts, searched side by side; the smallest loss is chosen. */
  restarts: z.int().min(1).max(256).default(1),
  loss: z.enum(['l2', 'cosine']).default('l2'),
  /** Squared errors summed over tensors or divided by their number: it weighs the regulariser, 62-fold on ResNet-18. */
  lossScale: z.enum(['sum', 'mean']).default('sum'),
  regulariser: z.enum(['kld', 'norm', 'none']).default('kld'),
  regulariserWeight: z.number().nonnegative().default(0.1),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts. */
  seed: z.int().min(0).default(1),
});

export const ggl = defineAttack({
  name: 'ggl',
  summary: 'search the latents of a generator for images whose gradient matches',
  params,
  requires: {},
  async reconstruct(input, options, context) {
    const { batchSize, batchNorm = 'frozen' } = input.update;
    const { model, weights, gradient, labels, transform, estimates } = readUpdate('ggl', input);
    const prior = await loadPrior('ggl', options.generator, model, context.base);
    const members = options.restarts;
    if (batchNorm === 'train' && members > 1) {
      const reason = 'batch norm over the batch couples candidates; set restarts=1';
      throw new LeakscopeError('ATTACK_REFUSED', { attack: 'ggl', reason });
    }
    const problem: MatchingProblem = {
      model,
      generator: prior.generator,
      population: members,
      batch: batchSize,
      loss: options.loss,
      reduction: options.lossScale,
      transforms: [transform],
      form: options.matching,
      regulariser: { kind: options.regulariser, weight: options.regulariserWeight },
      statistics: batchNorm === 'train' ? 'batch' : 'running',
    };
    // The update's digest in the path: each update has starts of its own, whichever worker takes it and when.
    const start = seeded(options.seed, 'ggl', digestTensors(gradient)).normals(
      members * batchSize * prior.generator.latent,
    );
    const everyMember = Array.from({ length: members }, () => labels).flat();
    const objective = await openObjective({
      problem,
      knowledge: { weights, updates: [gradient], generatorWeights: prior.weights },
      labels: oneHotRows(everyMember, members * batchSize, model.classes),
      ...context,
    });
    try {
      const { steps, learningRate, signed } = options;
      const found = await search({
        attack: 'ggl',
        optimiser: adam({ start, steps, learningRate, signed }),
        evaluate: objective.evaluate,
        members,
        steps,
        context,
      });
      const { latent } = prior.generator;
      return {
        attack: 'ggl',
        images: await generate(prior, found.best, context),
        imageShape: model.inputShape,
        labels,
        latents: Array.from({ length: batchSize }, (_, i) => found.best.slice(i * latent, (i + 1) * latent)),
        loss: found.loss,
        losses: found.trace,
        restarts: found.restarts,
        steps,
        estimates,
        params: options,
      };
    } finally {
      await objective.release();
    }
  },
});
