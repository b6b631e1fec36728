/** How like an image is to the true one. */
export { compareFaces } from './compare.ts';
export { configureMetrics } from './configure.ts';
export type { MetricKit, MetricModule } from './kit.ts';
export { defineMetric, type Metric } from './metric.ts';
export { mse } from './mse.ts';
export { type ConfiguredMetric, type ImageMetrics, METRICS } from './registry.ts';
