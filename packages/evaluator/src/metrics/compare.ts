/** All metrics of one pair of images. */
import type { AttributeJudge } from './attribute-judge.ts';
import type { Evidence, ImageSize, Pair } from './metric.ts';
import { type ConfiguredMetric, type ImageMetrics, STANDARD_METRICS } from './registry.ts';

/** An image as planes in [-1, 1], and where they are known its penultimate features under the victim model. */
export interface Rendered {
  readonly image: Float32Array;
  readonly features?: Float32Array;
}

export interface TrueFace extends Rendered {
  /** Absent where nobody noted them. */
  readonly attributes?: Readonly<Record<string, boolean>>;
}

export interface Comparison {
  readonly size: ImageSize;
  readonly judge?: AttributeJudge | undefined;
  /** Default those of every run. */
  readonly metrics?: readonly ConfiguredMetric[];
}

/** Every metric of a candidate against the true face; null for those whose needs are not met. */
export function compareFaces(
  candidate: Rendered,
  truth: TrueFace,
  { size, judge, metrics = STANDARD_METRICS }: Comparison,
): ImageMetrics {
  const evidence: Partial<Evidence> = {
    ...(candidate.features && truth.features && { features: { image: candidate.features, truth: truth.features } }),
    ...(judge && truth.attributes && { attributes: { judge, truth: truth.attributes } }),
  };
  const pair = { image: candidate.image, truth: truth.image, size, ...evidence };
  const values = metrics.map(({ metric, params }): [string, number | null] => {
    const met = metric.needs.every((need) => evidence[need] !== undefined);
    return [metric.name, met ? metric.measure(pair as Pair & Evidence, params) : null];
  });
  return Object.fromEntries(values) as ImageMetrics;
}

/** Metric by metric the mean over several comparisons, of those where the metric is known; null where it is known of none. */
export function meanMetrics(all: readonly ImageMetrics[]): ImageMetrics {
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics)));
  const means = [...names].map((name) => {
    const known = all.flatMap((metrics) => metrics[name] ?? []);
    return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length];
  });
  return Object.fromEntries(means) as ImageMetrics;
}
