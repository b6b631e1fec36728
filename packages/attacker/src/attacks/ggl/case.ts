/** An update as GGL reads it. */
import type { LoadedGenerator } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { AttackContext, AttackInput } from '../../contract/attack.ts';
import { type InterceptedGradient, readUpdate } from '../../inference/intercepted-gradient.ts';
import { loadPrior } from '../../prior/load.ts';
import type { GglSettings } from './parameters.ts';

/** An update, read, with what it is searched through. */
export interface Case extends InterceptedGradient {
  readonly prior: LoadedGenerator;
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
  /** Of one candidate: the latents of the whole batch. */
  readonly entries: number;
}

/** @throws ATTACK_REFUSED, and what reading the update and the generator throw */
export async function readCase(
  input: AttackInput,
  { generator, optimizer }: GglSettings,
  context: AttackContext,
): Promise<Case> {
  const { batchSize, batchNorm = 'frozen' } = input.update;
  const intercepted = readUpdate('ggl', input);
  const prior = await loadPrior('ggl', generator, intercepted.model, context.base);
  const entries = batchSize * prior.generator.latent;
  const { name, largestDimension = Number.POSITIVE_INFINITY } = optimizer.part;
  if (entries > largestDimension) {
    const reason = `the latents of ${batchSize} images have ${entries} entries, ${name} searches ${largestDimension} at most; set optimizer=adam`;
    throw new LeakscopeError('ATTACK_REFUSED', { attack: 'ggl', reason });
  }
  return { ...intercepted, prior, batchSize, entries, statistics: batchNorm === 'train' ? 'batch' : 'running' };
}
