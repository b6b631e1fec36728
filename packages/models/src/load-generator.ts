/** A generator with its weights: one that ships, a weights file, or a user's own module. */
import { dirname, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { programName } from '@leakscope/shared/module';
import { readSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Generator } from './generator.ts';
import { GENERATORS, generator } from './generators.ts';
import { generatorPath, SHIPPED_GENERATORS } from './shipped.ts';
import { checkWeights } from './weights.ts';

const SCRIPT = /\.[cm]?[jt]s$/;

/** A generator with the weights and the metadata of its file. */
export interface LoadedGenerator {
  readonly generator: Generator;
  readonly weights: NamedTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The generator of a shipped name, of a safetensors file with `arch` in its metadata and PyTorch's names, or of a module,
 * which names its weights file itself: no weights file ever names code. Relative paths start at `base`.
 * @throws MODEL_GENERATOR_UNKNOWN, MODEL_ARCH_MISSING, MODEL_UNKNOWN, MODULE_INVALID, MODULE_FAILED, what `checkWeights` throws, and
 * the TENSORS_ errors of the file itself
 */
export async function loadGenerator(nameOrPath: string, base = '.'): Promise<LoadedGenerator> {
  const found = await moduleOf(nameOrPath, base);
  const file = fileOf(nameOrPath, found, base);
  const { tensors, metadata } = await readSafetensors(file);
  const architecture = found ?? generator(archOf(file, metadata));
  return {
    generator: { ...architecture, name: programName(architecture) },
    weights: checkWeights(architecture, tensors),
    metadata,
  };
}

/** The weights file behind such a name. Throws what finding it throws. */
export const generatorFile = async (nameOrPath: string, base = '.'): Promise<string> =>
  fileOf(nameOrPath, await moduleOf(nameOrPath, base), base);

const moduleOf = async (nameOrPath: string, base: string): Promise<Generator | undefined> =>
  SCRIPT.test(nameOrPath) ? await GENERATORS.find(nameOrPath, base) : undefined;

function fileOf(nameOrPath: string, found: Generator | undefined, base: string): string {
  if (found?.module !== undefined) return resolve(dirname(found.module.path), found.weights ?? '');
  return generatorPath(Object.hasOwn(SHIPPED_GENERATORS, nameOrPath) ? nameOrPath : resolve(base, nameOrPath));
}

function archOf(path: string, { arch }: Readonly<Record<string, string>>): string {
  if (arch === undefined) throw new LeakscopeError('MODEL_ARCH_MISSING', { path });
  return arch;
}
