/** What a search through several spaces records: each stage's loss curve behind the one before, and what each found. */
import type { Member, TracePoint } from '@leakscope/shared/reconstruction';
import type { AttackContext, Findings } from '../../contract/attack.ts';
import type { SearchResult } from '../../search/search.ts';
import type { Subject } from '../case.ts';
import type { OneSearch } from '../one-search.ts';

export interface Stages {
  /** Runs one stage; `search` is given a context that reports progress over all of them. */
  run(
    name: string,
    stage: Pick<OneSearch, 'starts' | 'optimiser'>,
    search: (context: AttackContext) => Promise<SearchResult>,
  ): Promise<SearchResult>;
  /** Of all stages so far, with what the attack chose to show. */
  findings(
    shown: Pick<Findings, 'images' | 'loss' | 'restarts' | 'width'> & Partial<Pick<Findings, 'latents'>>,
  ): Findings;
}

/** `total`: evaluations of one candidate in all stages together. */
export function inStages({ model, labels, estimates }: Subject, total: number, context: AttackContext): Stages {
  const members: Member[] = [];
  const losses: TracePoint[] = [];
  let spent = 0;
  let best = Number.POSITIVE_INFINITY;
  return {
    async run(name, { starts, optimiser }, search) {
      const evaluations = starts * optimiser.params.steps;
      const found = await search({
        ...context,
        onProgress: ({ step, loss }) =>
          context.onProgress?.({ step: spent + step * starts, steps: total, loss: Math.min(best, loss) }),
      });
      losses.push(...found.trace.map(({ step, value }) => ({ step: spent + step * starts, value })));
      members.push({ name, evaluations, loss: found.loss });
      spent += evaluations;
      best = Math.min(best, found.loss);
      return found;
    },
    findings: (shown) => ({
      ...shown,
      imageShape: model.inputShape,
      labels,
      losses,
      steps: total,
      beside: 1,
      members,
      estimates,
    }),
  };
}
