/** Metrics as people read them: titles, digits and units are the registry's. */
import { type ImageMetrics, METRICS, type Metric } from '@leakscope/evaluator/metrics';
import { fixed } from './format.ts';

/** What is shown of a metric. */
type ShownMetric = Pick<Metric, 'name' | 'title' | 'format'>;

/** The metrics that any of `all` holds, in the registry's order; those of a user's own module by their names, after them. */
export function metricsOf(all: readonly ImageMetrics[]): ShownMetric[] {
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics)));
  const known = METRICS.builtIn.filter(({ name }) => names.has(name));
  const others = [...names].filter((name) => !METRICS.builtIn.some((metric) => metric.name === name)).sort();
  return [...known, ...others.map((name) => ({ name, title: name, format: { digits: 4 } }))];
}

/** As `12.92 dB`; a dash where it is not known. */
export function metricText({ name, format: { digits, unit } }: ShownMetric, metrics: ImageMetrics): string {
  const value = metrics[name] ?? null;
  const number = fixed(value, digits);
  return value === null || unit === undefined ? number : `${number} ${unit}`;
}
