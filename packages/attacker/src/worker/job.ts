/** From a queued job to an attack's input: the update and the weights by digest, and what the threat model lets be told. */
import { parseDefense } from '@leakscope/defenses';
import type { AttackConfig } from '@leakscope/shared/config';
import type { BlobDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import { decodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { AttackJob, Blobs } from '@leakscope/store';
import type { AttackInput } from '../contract/attack.ts';
import type { AttackPlan } from '../contract/plan.ts';
import type { OracleKnowledge } from '../contract/threat.ts';
import { modelOf } from '../contract/victim.ts';
import { parseAttack } from '../registry.ts';

/** An experiment's attack, ready to run. */
export interface ConfiguredAttack {
  readonly plan: AttackPlan;
  readonly threat: AttackConfig['threat'];
}

/** Validates every attack before the first job. @throws what `parseAttack` throws */
export const configureAttacks = (attacks: readonly AttackConfig[], base?: string): Promise<ConfiguredAttack[]> =>
  Promise.all(
    attacks.map(async ({ name, params, threat }) => ({ plan: await parseAttack({ name, params }, base), threat })),
  );

/** The attack that a job asks for. @throws ATTACK_JOB_INVALID */
export function attackOf(attacks: readonly ConfiguredAttack[], job: AttackJob): ConfiguredAttack {
  const attack = attacks[job.attackIndex];
  if (attack !== undefined && attack.plan.name === job.attack) return attack;
  const reason = `attack ${job.attackIndex} (${job.attack}) is not in this worker's experiment`;
  throw new LeakscopeError('ATTACK_JOB_INVALID', { job: job.key, reason });
}

/** Reads safetensors blobs by digest, each once: a round's jobs share their weights. */
export function tensorReader(blobs: Blobs): (digest: BlobDigest) => Promise<NamedTensors> {
  const known = new Map<BlobDigest, Promise<NamedTensors>>();
  return (digest) => {
    const tensors =
      known.get(digest) ?? blobs.get(digest, 'safetensors').then((bytes) => decodeSafetensors(bytes, {}).tensors);
    known.set(digest, tensors);
    return tensors;
  };
}

/**
 * Loads what the job names and checks its digests. Only fields that an attacker may see are read: nothing of the truth.
 * @throws STORE_BLOB_MISSING, STORE_BLOB_CORRUPT, TENSORS_FILE_INVALID, and what `modelOf` and `parseDefense` throw
 */
export async function loadInput(
  job: AttackJob,
  tensors: (digest: BlobDigest) => Promise<NamedTensors>,
  threat: AttackConfig['threat'],
  base?: string,
): Promise<AttackInput> {
  const { batchSize, round, algorithm, local, batchNorm } = job;
  return {
    update: {
      update: await tensors(job.updateDigest),
      weights: await tensors(job.weightsDigest),
      model: await modelOf(job, base),
      batchSize,
      round,
      algorithm,
      batchNorm,
      ...(local === undefined ? {} : { local }),
    },
    threat,
    oracle: await told(job, threat, base),
  };
}

async function told(job: AttackJob, threat: AttackConfig['threat'], base?: string): Promise<OracleKnowledge> {
  const { oracleDefense, labels } = job;
  const known = threat.labels === 'known' && labels !== undefined ? { labels } : {};
  if (threat.defense !== 'oracle' || oracleDefense === undefined) return known;
  return { ...known, defense: await parseDefense(oracleDefense, base === undefined ? {} : { base }) };
}
