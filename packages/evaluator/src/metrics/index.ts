/** How like an image is to the true one. */
export { type Comparison, compareFaces, type Rendered, type TrueFace } from './compare.ts';
export { configureMetrics } from './configure.ts';
export type { MetricKit, MetricModule } from './kit.ts';
export { defineMetric, type Evidence, type ImageSize, type Metric, type Pair } from './metric.ts';
export { mse } from './mse.ts';
export { type ConfiguredMetric, type ImageMetrics, METRICS, STANDARD_METRICS } from './registry.ts';
