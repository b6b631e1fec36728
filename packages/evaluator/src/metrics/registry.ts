/** Every metric by name, and those of users' own modules. A new one is a line here. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { attributeAgreement } from './attribute-agreement.ts';
import { metricContract } from './contract.ts';
import { featureError } from './feature-error.ts';
import type { Metric } from './metric.ts';
import { mse01, mse11 } from './mse.ts';
import { psnr01, psnr11 } from './psnr.ts';
import { ssim } from './ssim.ts';

const BUILT_IN = [mse11, psnr11, mse01, psnr01, ssim, featureError, attributeAgreement] as const;

type BuiltIn = (typeof BUILT_IN)[number];

/** The values of one image's metrics, by name; null where a metric could not be measured. */
export type ImageMetrics = Readonly<Record<string, number | null>> & {
  readonly [M in BuiltIn as M['name']]: ReturnType<M['measure']>;
};

/** The metrics that ship with Leakscope, in the order of tables and docs. */
export const METRICS = registry<Metric>({
  kind: 'metric',
  builtIn: BUILT_IN,
  contract: metricContract,
  kit: async () => (await import('./kit.ts')).kit,
  unknown: ({ value, known }) =>
    new LeakscopeError('CONFIG_VALUE_INVALID', {
      field: 'evaluation.metrics',
      value,
      reason: `it must be one of ${known.join(', ')}, or the path of a module`,
    }),
});

/** A metric with its parameters. */
export interface ConfiguredMetric {
  readonly metric: Metric;
  readonly params: unknown;
}

/** What every run measures. */
export const STANDARD_METRICS: readonly ConfiguredMetric[] = METRICS.builtIn.map((metric) => ({
  metric,
  params: metric.params.parse({}),
}));
