/** Metrics, null baselines and statistics of a leak, and the worker that measures it. */
export { type Assessor, type AssessorOptions, openAssessor } from './assessor.ts';
export { type AttributeJudge, LEAST_BALANCED_ACCURACY, trainJudge } from './attribute-judge.ts';
export { compareImages } from './compare.ts';
export { FRECHET_FEATURES, FRECHET_SPACE, frechetDistance, frechetFeatures } from './frechet.ts';
export type { PriorSamples } from './generator-session.ts';
export { type Inversion, type InversionOptions, invertImages, samplePrior } from './inversion.ts';
export { errorsOf, type ImageSize, mse, type PixelErrors, pixelErrors, psnr, totalVariation } from './metrics.ts';
export { encodePng } from './png.ts';
export type { ImageMetrics, LeakRecord, Retrieval } from './record.ts';
export {
  type EvaluationProgress,
  type EvaluationResult,
  type RunEvaluatorOptions,
  runEvaluator,
} from './run-evaluator.ts';
export { ssim, ssim11 } from './ssim.ts';
export { bootstrapInterval, fisherP, LEAST_VICTIMS_FOR_INTERVAL, retrievalP } from './statistics.ts';
export { type ClientSummary, summariseClients } from './summary.ts';
