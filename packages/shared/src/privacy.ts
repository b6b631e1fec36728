/** Differential privacy as numbers: what a defence claims, and the curves and accountants behind a claim. */
export type { Exposure, PrivacyClaim } from './privacy/claim.ts';
export { gaussianDelta, gaussianEpsilon } from './privacy/gaussian.ts';
export { type SampledGaussian, sampledGaussianEpsilon, sampledGaussianRdp } from './privacy/sampled-gaussian.ts';
