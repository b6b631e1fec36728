/** Leak records for tests of what is computed from them. */

import type { BlobDigest } from '@leakscope/shared/digests';
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';
import { psnr } from './metrics/psnr.ts';
import type { ImageMetrics } from './metrics/registry.ts';
import type { LeakRecord } from './record.ts';

function metricsOf(mse11: number): ImageMetrics {
  return {
    mse11,
    psnr11: psnr(mse11),
    mse01: mse11 / 4,
    psnr01: psnr(mse11 / 4),
    ssim: 1 - mse11,
    mseR: mse11 / 100,
    attributeAgreement: 0.5,
  };
}

/** A record of an attack that reached `mse` against a floor of .5 and a ceiling of .02. */
export function leakRecord(victimIndex: number, mse: number | null, change: Partial<LeakRecord> = {}): LeakRecord {
  const retrieval = mse === null ? { rank: null, decoys: 100, p: 1 } : { rank: 1, decoys: 100, p: 1 / 101 };
  return {
    round: 0,
    stage: 'untrained',
    client: 'none',
    attack: 'ggl',
    attackIndex: 0,
    defense: 'none',
    control: false,
    update: 'sha256:00',
    reconstruction: mse === null ? null : 'sha256:01',
    victim: `face-${victimIndex}`,
    victimIndex,
    image: 0,
    label: 1,
    inferredLabel: mse === null ? null : 1,
    labelCorrect: mse === null ? null : true,
    metrics: mse === null ? null : metricsOf(mse),
    floor: metricsOf(0.5),
    floorSource: {
      mse11: 'mean-face',
      psnr11: 'mean-face',
      mse01: 'mean-face',
      psnr01: 'mean-face',
      ssim: 'prior',
      mseR: 'mean-face',
      attributeAgreement: 'mean-face',
    },
    ceiling: metricsOf(0.02),
    leakAbovePrior: mse === null ? 0 : 1 - mse / 0.5,
    shareOfCeiling: mse === null ? 0 : (0.5 - mse) / 0.48,
    retrieval,
    victimRetrieval: { ...retrieval, reconstructions: mse === null ? 0 : 1 },
    failed: mse === null ? { code: 'ATTACK_DIVERGED', message: 'no finite loss' } : null,
    pictures: {
      original: 'sha256:02' as BlobDigest,
      reconstruction: null,
      floor: 'sha256:03' as BlobDigest,
      ceiling: null,
    },
    details: null,
    estimationError: null,
    times: { evaluated: '2026-01-01T00:00:00.000Z', committed: null },
    ...change,
  };
}

/** What an attack commits beside its images. */
export const sampleDetails = (change: Partial<ReconstructionDetails> = {}): ReconstructionDetails => ({
  attack: 'ggl',
  imageShape: [3, 2, 2],
  labels: [1],
  loss: 0.5,
  losses: [{ step: 0, value: 1 }],
  restarts: [0.5],
  steps: 3,
  beside: 1,
  width: 1,
  estimates: { labels: { values: [1], source: 'inferred', confidence: 1 }, gradient: 'exact' },
  params: {},
  ...change,
});
