/** An update as searches read it, and what attacks through a generator read beside it. */
import type { LoadedGenerator } from '@leakscope/models';
import type { AttackContext, AttackInput } from '../contract/attack.ts';
import { type InterceptedGradient, readUpdate } from '../inference/intercepted-gradient.ts';
import { loadPrior } from '../prior/load.ts';

/** An update, read, with what any search must know of it. */
export interface Subject extends InterceptedGradient {
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
}

/** An update with what it is searched through. */
export interface Case extends Subject {
  readonly prior: LoadedGenerator;
  /** Of one candidate: the latents of the whole batch. */
  readonly entries: number;
}

/** @throws what `readUpdate` throws */
export function readSubject(attack: string, input: AttackInput): Subject {
  const { batchSize, batchNorm = 'frozen' } = input.update;
  return { ...readUpdate(attack, input), batchSize, statistics: batchNorm === 'train' ? 'batch' : 'running' };
}

/** Reads an update, and the generator by shipped name, file or module. @throws what `readUpdate` and `loadPrior` throw */
export async function readCase(
  attack: string,
  input: AttackInput,
  generator: string,
  context: Pick<AttackContext, 'base'>,
): Promise<Case> {
  const subject = readSubject(attack, input);
  const prior = await loadPrior(attack, generator, subject.model, context.base);
  return { ...subject, prior, entries: subject.batchSize * prior.generator.latent };
}
