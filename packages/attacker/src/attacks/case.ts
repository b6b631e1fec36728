/** An update as attacks through a generator read it. */
import type { LoadedGenerator } from '@leakscope/models';
import type { AttackContext, AttackInput } from '../contract/attack.ts';
import { type InterceptedGradient, readUpdate } from '../inference/intercepted-gradient.ts';
import { loadPrior } from '../prior/load.ts';

/** An update, read, with what it is searched through. */
export interface Case extends InterceptedGradient {
  readonly prior: LoadedGenerator;
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
  /** Of one candidate: the latents of the whole batch. */
  readonly entries: number;
}

/** Reads an update, and the generator by shipped name, file or module. @throws what `readUpdate` and `loadPrior` throw */
export async function readCase(
  attack: string,
  input: AttackInput,
  generator: string,
  context: Pick<AttackContext, 'base'>,
): Promise<Case> {
  const { batchSize, batchNorm = 'frozen' } = input.update;
  const intercepted = readUpdate(attack, input);
  const prior = await loadPrior(attack, generator, intercepted.model, context.base);
  const entries = batchSize * prior.generator.latent;
  return { ...intercepted, prior, batchSize, entries, statistics: batchNorm === 'train' ? 'batch' : 'running' };
}
