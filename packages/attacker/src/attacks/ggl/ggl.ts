/**
 * Generative gradient leakage (Li et al., CVPR 2022): search a generator's latent space for the images whose gradient,
 * put through the defence, explains the intercepted one.
 */
import { LeakscopeError } from '@leakscope/shared/errors';
import { cohortsOf } from '../../batching/alike.ts';
import { medianSeconds } from '../../batching/median-seconds.ts';
import { updatesIn } from '../../batching/populations.ts';
import {
  type AttackContext,
  type AttackInput,
  defineAttack,
  type Findings,
  type Outcome,
} from '../../contract/attack.ts';
import { type Case, readCase } from '../case.ts';
import { searchCohort } from './cohort-search.ts';
import { openCall } from './loss.ts';
import { type GglSettings, gglParameters, gglParts, workloadOf } from './parameters.ts';
import { drawsFor } from './searches.ts';

/** @throws ATTACK_REFUSED, and what `readCase` throws */
async function caseFor(
  input: AttackInput,
  { generator, optimizer }: GglSettings,
  context: AttackContext,
): Promise<Case> {
  const one = await readCase('ggl', input, generator, context);
  const { name, largestDimension = Number.POSITIVE_INFINITY } = optimizer.part;
  if (one.entries > largestDimension) {
    const reason = `the latents of ${one.batchSize} images have ${one.entries} entries, ${name} searches ${largestDimension} at most; set optimizer=adam`;
    throw new LeakscopeError('ATTACK_REFUSED', { attack: 'ggl', reason });
  }
  return one;
}

export const ggl = defineAttack({
  name: 'ggl',
  summary: 'search the latents of a generator for images whose gradient matches',
  params: gglParameters,
  parts: gglParts,
  requires: {},
  evaluations(settings) {
    const { steps, candidates } = workloadOf(settings);
    return steps * candidates;
  },
  async reconstruct(input, settings, context) {
    const cases = [await caseFor(input, settings, context)];
    const [outcome] = (await searchCohort(cases, settings, context)) as [Outcome<Findings>];
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  },
  cohort: {
    workload: workloadOf,
    async seconds(input, population, settings, context) {
      const one = await caseFor(input, settings, context);
      const { candidates } = workloadOf(settings);
      const cases = Array.from({ length: updatesIn(population, candidates) }, () => one);
      const loss = await openCall(cases, Math.min(population, candidates), settings, context);
      const points = drawsFor(one, settings).normals(population * one.entries);
      const evaluate = (): Promise<unknown> => {
        context.signal?.throwIfAborted();
        return loss.evaluate(points);
      };
      return await medianSeconds(evaluate).finally(() => loss.release());
    },
    async reconstruct(inputs, settings, context) {
      const outcomes: Outcome<Findings>[] = [];
      const cases = new Map<number, Case>();
      const read = await Promise.allSettled(inputs.map((one) => caseFor(one, settings, context)));
      for (const [i, outcome] of read.entries()) {
        if (outcome.status === 'fulfilled') cases.set(i, outcome.value);
        else outcomes[i] = outcome;
      }
      for (const keys of cohortsOf(cases)) {
        const cohort = keys.map((i) => cases.get(i) as Case);
        const found = await searchCohort(cohort, settings, context);
        for (const [at, i] of keys.entries()) outcomes[i] = found[at] as Outcome<Findings>;
      }
      return outcomes;
    },
  },
});
