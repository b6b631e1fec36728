/**
 * Generative gradient leakage (Li et al., CVPR 2022): search a generator's latent space for the images whose gradient,
 * put through the defence, explains the intercepted one.
 */

import { updatesIn } from '../../batching/graph-sizes.ts';
import { alike, medianSeconds } from '../../batching/side-by-side.ts';
import { type AttackContext, defineAttack, type Outcome, type Reconstruction } from '../../contract/attack.ts';
import { generate } from '../../prior/generate.ts';
import { search } from '../../search/search.ts';
import { type Case, readCase } from './case.ts';
import { openCall, openStep, widthFor } from './objective.ts';
import { drawsFor, optimiserFor } from './optimiser.ts';
import { type GglParameters, gglParameters, workloadOf } from './parameters.ts';

/** One search for cases that are alike. */
async function searchFor(
  cases: readonly Case[],
  options: GglParameters,
  context: AttackContext,
): Promise<Outcome<Reconstruction>[]> {
  const { steps } = options;
  const optimiser = optimiserFor(cases, options);
  const width = widthFor(cases, options, context);
  const objective = await openStep(cases, width, options, context);
  try {
    const found = await search({
      attack: 'ggl',
      optimiser,
      evaluate: objective.evaluate,
      restarts: cases.length * options.restarts,
      updates: cases.length,
      steps,
      context,
    });
    const outcomes: Outcome<Reconstruction>[] = [];
    for (const [i, { prior, model, labels, estimates, batchSize }] of cases.entries()) {
      const outcome = found[i] as (typeof found)[number];
      if (outcome.status === 'rejected') {
        outcomes.push(outcome);
        continue;
      }
      const { best, loss, restarts, trace } = outcome.value;
      const { latent } = prior.generator;
      const value: Reconstruction = {
        attack: 'ggl',
        images: await generate(prior, best, context),
        imageShape: model.inputShape,
        labels,
        latents: Array.from({ length: batchSize }, (_, image) => best.slice(image * latent, (image + 1) * latent)),
        loss,
        losses: trace,
        restarts,
        steps,
        beside: cases.length,
        width: cases.length * width,
        estimates,
        params: options,
      };
      outcomes.push({ status: 'fulfilled', value });
    }
    return outcomes;
  } finally {
    await objective.release();
  }
}

export const ggl = defineAttack({
  name: 'ggl',
  summary: 'search the latents of a generator for images whose gradient matches',
  params: gglParameters,
  requires: {},
  async reconstruct(input, options, context) {
    const [outcome] = (await searchFor([await readCase(input, options, context)], options, context)) as [
      Outcome<Reconstruction>,
    ];
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  },
  sideBySide: {
    workload: workloadOf,
    async seconds(input, size, options, context) {
      const one = await readCase(input, options, context);
      const { candidates } = workloadOf(options);
      const cases = Array.from({ length: updatesIn(size, candidates) }, () => one);
      const objective = await openCall(cases, Math.min(size, candidates), options, context);
      const points = drawsFor(one, options).normals(size * one.entries);
      const evaluate = (): Promise<unknown> => {
        context.signal?.throwIfAborted();
        return objective.evaluate(points);
      };
      return await medianSeconds(evaluate).finally(() => objective.release());
    },
    async reconstruct(inputs, options, context) {
      const outcomes: Outcome<Reconstruction>[] = [];
      const cases = new Map<number, Case>();
      for (const [i, outcome] of (
        await Promise.allSettled(inputs.map((one) => readCase(one, options, context)))
      ).entries()) {
        if (outcome.status === 'fulfilled') cases.set(i, outcome.value);
        else outcomes[i] = outcome;
      }
      for (const group of alike(cases)) {
        const of = group.map((i) => cases.get(i) as Case);
        const found = await searchFor(of, options, context);
        for (const [at, i] of group.entries()) outcomes[i] = found[at] as Outcome<Reconstruction>;
      }
      return outcomes;
    },
  },
});
