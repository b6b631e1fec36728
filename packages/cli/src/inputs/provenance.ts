/** For a run's manifest: which software made it, and from which generators and modules. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Experiment } from '@leakscope/shared/config';
import { loadedModules } from '@leakscope/shared/module';
import { digestBytes } from '@leakscope/shared/tensors';
import { version } from '@leakscope/shared/version';

export function softwareVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const runtime: { version: string } = require('onnxruntime-node/package.json');
  return { leakscope: version(), onnxruntime: runtime.version };
}

/**
 * `generator NAME` to the digest of its weights, and `module PATH` to that of each module of the user's that was loaded so far.
 * A relative path starts at `base`. Throws where a generator is not there.
 */
export async function inputDigests({ attacks, evaluation }: Experiment, base: string): Promise<Record<string, string>> {
  const { generatorFile } = await import('@leakscope/models');
  const names = [...attacks.map(({ params }) => params.generator), evaluation.generator].filter(
    (name) => typeof name === 'string',
  );
  const digests = [...new Set(names)].map(async (name) => [
    `generator ${name}`,
    digestBytes(await readFile(await generatorFile(name, base))),
  ]);
  const generators = await Promise.all(digests);
  return Object.fromEntries([...generators, ...loadedModules().map(({ name, digest }) => [`module ${name}`, digest])]);
}
