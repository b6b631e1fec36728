/** The attacker's prior: a generator by shipped name or path. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Classifier } from '@leakscope/models';
import { type LoadedGenerator, loadGenerator } from '@leakscope/models';
import { generatorPath } from '@leakscope/models/shipped';
import { LeakscopeError } from '@leakscope/shared/errors';
import { sameShape } from '@leakscope/shared/tensors';

/** Relative paths start at `base`. @throws ATTACK_REFUSED (images of another size than the model's), MODEL_GENERATOR_UNKNOWN, what `loadGenerator` throws */
export async function loadPrior(
  attack: string,
  nameOrPath: string,
  model: Classifier,
  base?: string,
): Promise<LoadedGenerator> {
  const beside = base === undefined ? nameOrPath : resolve(base, nameOrPath);
  const loaded = await loadGenerator(existsSync(beside) ? beside : generatorPath(nameOrPath));
  const { outputShape } = loaded.generator;
  if (!sameShape(outputShape, model.inputShape)) {
    const reason = `generator ${nameOrPath} makes ${outputShape.join('x')} images, ${model.name} takes ${model.inputShape.join('x')}`;
    throw new LeakscopeError('ATTACK_REFUSED', { attack, reason });
  }
  return loaded;
}
