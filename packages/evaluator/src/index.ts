/** Metrics, null baselines and statistics of a leak, and the worker that measures it. */
export type { PriorSamples } from './baselines/generator-session.ts';
export { type Inversion, type InversionOptions, invertImages, samplePrior } from './baselines/inversion.ts';
export { FRECHET_SPACE, frechetDistance, frechetFeatures } from './metrics/frechet.ts';
export { encodePng } from './png.ts';
export type { ImageMetrics, LeakRecord, Retrieval } from './record.ts';
export {
  type EvaluationProgress,
  type EvaluationResult,
  type RunEvaluatorOptions,
  runEvaluator,
} from './worker/run-evaluator.ts';
