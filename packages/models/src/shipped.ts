/** The generators that ship with Leakscope, by name. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LeakscopeError } from '@leakscope/shared/errors';
import { closest } from '@leakscope/shared/suggest';

interface ShippedGenerator {
  /** Absolute path of the safetensors file; its card lies beside it, as `.md`. */
  readonly file: string;
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest: string;
  /** What it was trained on. */
  readonly data: string;
  readonly licence: string;
}

const asset = (name: string): string => fileURLToPath(new URL(`../assets/generators/${name}`, import.meta.url));

/** The first is the default. */
export const SHIPPED_GENERATORS: Readonly<Record<string, ShippedGenerator>> = {
  'synthetic-faces-32': {
    file: asset('synthetic-faces-32.safetensors'),
    digest: 'sha256:744d621bf6b51b1ccc5681c2ba84ab6ae18faf0a3ed1ab31a811cbb21e32ee42',
    data: 'synthetic-faces',
    licence: 'Apache-2.0',
  },
  'celeba-32': {
    file: asset('celeba-32.safetensors'),
    digest: 'sha256:55e26df96766feb89383e6b3f296955619101009c44f69dea8bfce2071548425',
    data: 'celeba',
    licence: 'non-commercial research only, see celeba-32.LICENSE.md',
  },
};

/** The file of a shipped generator, or `nameOrPath` itself where it is a file. @throws MODEL_GENERATOR_UNKNOWN */
export function generatorPath(nameOrPath: string): string {
  const shipped = Object.hasOwn(SHIPPED_GENERATORS, nameOrPath) ? SHIPPED_GENERATORS[nameOrPath] : undefined;
  if (shipped !== undefined) return shipped.file;
  if (existsSync(nameOrPath)) return nameOrPath;
  const known = Object.keys(SHIPPED_GENERATORS);
  throw new LeakscopeError('MODEL_GENERATOR_UNKNOWN', {
    value: nameOrPath,
    known,
    suggestion: closest(nameOrPath, known),
  });
}
