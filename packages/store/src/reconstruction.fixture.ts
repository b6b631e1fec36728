/** What an attack commits beside its images, for tests. */
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';

export const sampleDetails = (change: Partial<ReconstructionDetails> = {}): ReconstructionDetails => ({
  attack: 'ggl',
  imageShape: [3, 2, 2],
  labels: [0],
  loss: 1,
  losses: [{ step: 0, value: 1 }],
  restarts: [1],
  steps: 1,
  beside: 1,
  width: 1,
  estimates: { labels: { values: [0], source: 'inferred', confidence: 1 }, gradient: 'exact' },
  params: {},
  ...change,
});
