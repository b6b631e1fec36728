/** The manifest of a run: written once, when the run begins, and compared whenever it is resumed. */
import { randomUUID } from 'node:crypto';
import { type Experiment, withoutSecrets } from '@leakscope/shared/config';
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import { canonicalJson } from '@leakscope/shared/json';
import { createManifest, type RunManifest, readManifest, writeManifest } from '@leakscope/shared/manifest';

/** The manifest of the run in this folder, made where there is none; throws SERVER_RUN_MISMATCH where that is another experiment's. */
export async function openManifest(
  runDir: string,
  experiment: Experiment,
  provenance: {
    versions: Readonly<Record<string, string>>;
    digests(): Promise<Readonly<Record<string, string>>>;
    choices?(): Promise<Readonly<Record<string, unknown>>>;
  },
): Promise<RunManifest> {
  let found: RunManifest | undefined;
  try {
    found = await readManifest(runDir);
  } catch (error) {
    const code = isLeakscopeError(error, 'STORE_MANIFEST_INVALID') ? (error.cause as NodeJS.ErrnoException)?.code : '';
    if (code !== 'ENOENT') throw error;
  }
  if (found !== undefined) {
    if (canonicalJson(withoutSecrets(found.experiment)) === canonicalJson(withoutSecrets(experiment))) return found;
    throw new LeakscopeError('SERVER_RUN_MISMATCH', { runDir, name: found.name });
  }
  const manifest = createManifest({
    runId: `${experiment.name}-${randomUUID().slice(0, 8)}`,
    experiment,
    versions: provenance.versions,
    digests: await provenance.digests(),
    ...(provenance.choices && { choices: await provenance.choices() }),
  });
  await writeManifest(runDir, manifest);
  return manifest;
}
