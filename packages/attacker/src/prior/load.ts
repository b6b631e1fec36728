/** The attacker's prior: a generator by shipped name, file or module. */
import type { Classifier } from '@leakscope/models';
import { type LoadedGenerator, loadGenerator } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { sameShape } from '@leakscope/shared/tensors';

/** Relative paths start at `base`. @throws ATTACK_REFUSED (images of another size than the model's), what `loadGenerator` throws */
export async function loadPrior(
  attack: string,
  nameOrPath: string,
  model: Classifier,
  base?: string,
): Promise<LoadedGenerator> {
  const loaded = await loadGenerator(nameOrPath, base);
  const { outputShape } = loaded.generator;
  if (!sameShape(outputShape, model.inputShape)) {
    const reason = `generator ${nameOrPath} makes ${outputShape.join('x')} images, ${model.name} takes ${model.inputShape.join('x')}`;
    throw new LeakscopeError('ATTACK_REFUSED', { attack, reason });
  }
  return loaded;
}
