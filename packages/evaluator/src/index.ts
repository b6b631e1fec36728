/** Metrics, null baselines and statistics of a leak, and the worker that measures it. */
export { assessUpdate, type MeasuredImage } from './assess-update.ts';
export { invertImages, samplePrior } from './baselines/invert-images.ts';
export { FRECHET_SPACE, frechetDistance, frechetFeatures } from './metrics/frechet.ts';
export { encodePng } from './png.ts';
export type { LeakDetails, LeakRecord } from './record.ts';
export { type RunEvaluatorOptions, runEvaluator } from './worker/run-evaluator.ts';
