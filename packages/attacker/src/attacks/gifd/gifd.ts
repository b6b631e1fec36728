/**
 * Generative image feature decomposition (Fang et al., ICCV 2023): first a generator's latents, then its features layer by layer, each within an
 * l1 ball around where the layer before has led. The result is that of the layer whose loss is smallest.
 */
import { rest, stagesOf } from '@leakscope/models';
import { z } from 'zod';
import { type AttackContext, defineAttack } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { cosine } from '../../matching/objectives/cosine.ts';
import { imageNorm } from '../../matching/regularisers/image-norm.ts';
import { tv } from '../../matching/regularisers/tv.ts';
import { carry } from '../../prior/carry.ts';
import { generate } from '../../prior/generate.ts';
import { l1Balls } from '../../search/l1-ball.ts';
import { adam } from '../../search/optimisers/adam.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import type { SearchResult } from '../../search/search.ts';
import { within } from '../../search/within.ts';
import { type Case, readCase } from '../case.ts';
import { type OneSearch, runSearch } from '../one-search.ts';
import { inStages } from '../staged/findings.ts';

const weight = z.number().nonnegative();

export const gifd = defineAttack({
  name: 'gifd',
  summary: "search a generator's latents, then its features layer by layer within an l1 ball",
  params: z.strictObject({
    /** A shipped generator's name, or a path. */
    generator: z.string().min(1),
    /** In each space. */
    steps: steps.default(1000),
    learningRate: z.number().positive().default(0.1),
    /** Of the ball in the first layer, as a sum of absolute differences, and by how much it grows from layer to layer. */
    radius: z.number().positive().default(2000),
    radiusGrowth: weight.default(500),
    /** Of the total variation, and of the mean square of the pixels. */
    tvWeight: weight.default(1e-4),
    normWeight: weight.default(1e-6),
    /** Independent searches, each through all layers. */
    restarts: z.int().min(1).max(256).default(4),
    /** How gradients are compared; the forms agree in value. */
    matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
    seed: z.int().min(0).default(1),
  }),
  requires: {},
  async reconstruct(input, params, context) {
    const { restarts } = params;
    const one = await readCase('gifd', input, params.generator, context);
    const { generator, weights } = one.prior;
    const spaces = stagesOf(generator).length;
    const stages = inStages(one, spaces * restarts * params.steps, context);
    const search = (space: number, own: Pick<OneSearch, 'from' | 'keep'>): OneSearch => ({
      attack: 'gifd',
      space: { of: 'generator', generator: rest(generator, space), weights },
      starts: restarts,
      objective: using(cosine),
      regularisers: [
        using(tv, { regulariserWeight: params.tvWeight }),
        using(imageNorm, { regulariserWeight: params.normWeight }),
      ],
      optimiser: using(adam, {
        steps: params.steps,
        learningRate: params.learningRate,
        signed: false,
        schedule: 'smooth',
      }),
      seed: params.seed,
      form: params.matching,
      ...own,
    });
    const run = (name: string, space: number, own: Pick<OneSearch, 'from' | 'keep'> = {}): Promise<SearchResult> => {
      const options = search(space, own);
      return stages.run(name, options, (reporting) => runSearch(one, options, reporting));
    };
    let found = await run('latents', 0);
    let best = { space: 0, found };
    for (let space = 1; space < spaces; space++) {
      const from = await carried(one, found, space, context);
      const balls = l1Balls(from, rest(generator, space).latent, params.radius + (space - 1) * params.radiusGrowth);
      found = await run(`features ${space}`, space, { from, keep: (optimiser) => within(optimiser, balls) });
      if (found.loss < best.found.loss) best = { space, found };
    }
    return stages.findings({
      images: await generate({ generator: rest(generator, best.space), weights }, best.found.best, context),
      loss: best.found.loss,
      restarts: best.found.restarts,
      width: restarts,
    });
  },
});

/** What each search has found, as the map that goes into stage `space`; one that diverged starts again from the best. */
function carried({ prior }: Case, { points, best }: SearchResult, space: number, context: AttackContext) {
  const all = new Float32Array(points.length * best.length);
  for (const [i, point] of points.entries()) all.set(point ?? best, i * best.length);
  return carry(prior, all, { from: space - 1, to: space }, context);
}
