/** One search of GGL for a cohort: updates that share a graph. */
import type { AttackContext, Findings, Outcome } from '../../contract/attack.ts';
import { generate } from '../../prior/generate.ts';
import { type SearchResult, search } from '../../search/search.ts';
import type { Case } from '../case.ts';
import { openStep, perCallOf } from './loss.ts';
import type { GglSettings } from './parameters.ts';
import { openSearches } from './searches.ts';

/** One outcome a case, in their order; the cases must be alike. */
export async function searchCohort(
  cases: readonly Case[],
  settings: GglSettings,
  context: AttackContext,
): Promise<Outcome<Findings>[]> {
  const { steps } = settings.optimizer.params;
  const optimiser = openSearches(cases, settings);
  const perCall = perCallOf(cases, settings, context);
  const loss = await openStep(cases, perCall, settings, context);
  try {
    const found = await search({
      attack: 'ggl',
      optimiser,
      evaluate: loss.evaluate,
      restarts: cases.length * settings.restarts,
      updates: cases.length,
      steps,
      context,
    });
    const cohort = { steps, beside: cases.length, width: cases.length * perCall };
    const outcomes: Outcome<Findings>[] = [];
    for (const [i, outcome] of found.entries()) {
      if (outcome.status === 'rejected') outcomes.push(outcome);
      else {
        const value = { ...(await findingsOf(cases[i] as Case, outcome.value, context)), ...cohort };
        outcomes.push({ status: 'fulfilled', value });
      }
    }
    return outcomes;
  } finally {
    await loss.release();
  }
}

async function findingsOf(
  { prior, model, labels, estimates, batchSize }: Case,
  { best, loss, restarts, trace }: SearchResult,
  context: AttackContext,
): Promise<Omit<Findings, 'steps' | 'beside' | 'width'>> {
  const { latent } = prior.generator;
  return {
    images: await generate(prior, best, context),
    imageShape: model.inputShape,
    labels,
    latents: Array.from({ length: batchSize }, (_, image) => best.slice(image * latent, (image + 1) * latent)),
    loss,
    losses: trace,
    restarts,
    estimates,
  };
}
