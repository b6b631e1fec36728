/** Jobs for tests. */
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import { type AttackJob, jobKey } from './attack-job.ts';

export function sampleJob(round: number, clientId = 'a', attackIndex = 0): AttackJob {
  return {
    key: jobKey({ round, clientId, attackIndex }),
    round,
    stageIndex: 0,
    stage: 'untrained',
    clientId,
    attackIndex,
    attack: 'ggl',
    updateDigest: `sha256:${'1'.repeat(64)}` as BlobDigest,
    ownDigest: `sha256:${'2'.repeat(64)}` as WireDigest,
    weightsDigest: `sha256:${'3'.repeat(64)}` as BlobDigest,
    arch: 'resnet18-cifar',
    classes: 2,
    batchSize: 1,
    algorithm: 'fedsgd',
    batchNorm: 'frozen',
  };
}
