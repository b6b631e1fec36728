/** For a run's manifest: which software made it, and from which generators. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Experiment } from '@leakscope/shared/config';
import { digestBytes } from '@leakscope/shared/tensors';
import { version } from '@leakscope/shared/version';

export function softwareVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const runtime: { version: string } = require('onnxruntime-node/package.json');
  return { leakscope: version(), onnxruntime: runtime.version };
}

/** `generator NAME` to the digest of its file. Throws where a generator is not there. */
export async function generatorDigests({ attacks, evaluation }: Experiment): Promise<Record<string, string>> {
  const { generatorPath } = await import('@leakscope/models/shipped');
  const names = [...attacks.map(({ params }) => params.generator), evaluation.generator].filter(
    (name) => typeof name === 'string',
  );
  const digests = [...new Set(names)].map(async (name) => [
    `generator ${name}`,
    digestBytes(await readFile(generatorPath(name))),
  ]);
  return Object.fromEntries(await Promise.all(digests));
}
