/** A run's manifest: everything that it takes to repeat the run, and on what it ran. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from './atomic.ts';
import { type Experiment, resolveExperiment, withoutSecrets } from './config.ts';
import { LeakscopeError, reasonOf } from './errors.ts';

const MANIFEST_FILE = 'manifest.json';

export interface RunManifest {
  readonly format: 1;
  readonly runId: string;
  readonly name: string;
  /** Resolved, every default filled in, without the token. Can be run again as it is. */
  readonly experiment: Experiment;
  readonly seeds: { readonly federation: number; readonly evaluation: number; readonly attacks: readonly unknown[] };
  /** leakscope, node and onnxruntime, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Machine;
  /** `sha256:<hex>` of data, initial weights, generators. */
  readonly digests: Readonly<Record<string, string>>;
  /** Choices made by measurement (executor, kernels), to be replayed. */
  readonly choices: Readonly<Record<string, unknown>>;
  /** ISO 8601; the only part that two equal runs need not share, with `runId`. */
  readonly times: { readonly created: string; readonly finished?: string };
}

interface Machine {
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
}

interface ManifestOptions {
  runId: string;
  experiment: Experiment;
  versions: Readonly<Record<string, string>>;
  digests: Readonly<Record<string, string>>;
  choices?: Readonly<Record<string, unknown>>;
  /** Default: now. */
  created?: Date;
}

export function createManifest({
  runId,
  experiment,
  versions,
  digests,
  choices = {},
  created = new Date(),
}: ManifestOptions): RunManifest {
  return {
    format: 1,
    runId,
    name: experiment.name,
    experiment: withoutSecrets(experiment),
    seeds: {
      federation: experiment.seed,
      evaluation: experiment.evaluation.seed,
      attacks: experiment.attacks.map(({ params }) => params.seed ?? null),
    },
    versions: { node: process.versions.node, ...versions },
    machine: thisMachine(),
    digests,
    choices,
    times: { created: created.toISOString() },
  };
}

/** Platform, processor, cores that this process may use, and memory. */
function thisMachine(): Machine {
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** Atomic; a manifest that is there is replaced. */
export async function writeManifest(runDir: string, manifest: RunManifest): Promise<void> {
  await writeFileAtomically(join(runDir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws STORE_MANIFEST_INVALID where it is missing or damaged, and the CONFIG_ errors of its experiment. */
export async function readManifest(runDir: string): Promise<RunManifest> {
  const path = join(runDir, MANIFEST_FILE);
  let manifest: RunManifest;
  try {
    manifest = JSON.parse(await readFile(path, 'utf8')) as RunManifest;
  } catch (cause) {
    throw new LeakscopeError('STORE_MANIFEST_INVALID', { path, reason: reasonOf(cause), cause });
  }
  if (manifest?.format !== 1) {
    throw new LeakscopeError('STORE_MANIFEST_INVALID', {
      path,
      reason: `format ${String(manifest?.format)} is not known`,
    });
  }
  return { ...manifest, experiment: resolveExperiment(manifest.experiment) };
}
