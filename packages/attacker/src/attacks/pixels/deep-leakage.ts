/** What DLG and iDLG share: pixels by the squared distance of gradients, with L-BFGS and nothing else. They differ in where labels come from. */
import { z } from 'zod';
import type { AttackContext, AttackInput, Findings } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { l2 } from '../../matching/objectives/l2.ts';
import { history, lBfgs } from '../../search/optimisers/l-bfgs.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import { readSubject } from '../case.ts';
import { type OneSearch, runSearch } from '../one-search.ts';
import { pixelFindings, pixelParameters } from './pixels.ts';

export const deepLeakageParameters = z.strictObject({
  /** Evaluations: 300 steps of PyTorch's L-BFGS, each of up to 20 iterations. */
  steps: steps.default(6000),
  /** Steps that L-BFGS remembers; PyTorch's default. */
  history: history.default(100),
  ...pixelParameters,
});

/** @throws what `readUpdate` and the engine throw, ATTACK_DIVERGED */
export async function deepLeakage(
  attack: string,
  labels: 'given' | 'searched',
  input: AttackInput,
  params: z.output<typeof deepLeakageParameters>,
  context: AttackContext,
): Promise<Findings> {
  const one = readSubject(attack, input);
  const options: OneSearch = {
    attack,
    space: { of: 'pixels', labels },
    starts: params.restarts,
    objective: using(l2),
    optimiser: using(lBfgs, { steps: params.steps, history: params.history }),
    seed: params.seed,
    form: params.matching,
  };
  return pixelFindings(one, options, await runSearch(one, options, context), context);
}
