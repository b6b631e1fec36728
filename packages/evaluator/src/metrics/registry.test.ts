import { expect, it } from 'vitest';
import { z } from 'zod';
import { trainJudge } from './attribute-judge.ts';
import { compareFaces, meanMetrics } from './compare.ts';
import { defineMetric } from './metric.ts';
import { METRICS, STANDARD_METRICS } from './registry.ts';

const size = { channels: 3, height: 16, width: 16 };
const flat = (value: number) => new Float32Array(3 * 16 * 16).fill(value);

it('names every metric once, and each is valid without parameters', () => {
  expect(new Set(METRICS.builtIn.map(({ name }) => name)).size).toBe(METRICS.builtIn.length);
  expect(new Set(METRICS.builtIn.map(({ title }) => title)).size).toBe(METRICS.builtIn.length);
  for (const { params } of METRICS.builtIn) expect(params.safeParse({}).success).toBe(true);
});

it('measures a metric where its needs are met, and gives null elsewhere', () => {
  const bare = compareFaces({ image: flat(0.1) }, { image: flat(0.3) }, { size });
  expect(bare).toMatchObject({ mse11: expect.closeTo(0.04, 6), mseR: null, attributeAgreement: null });
  const features = { image: flat(0.1), features: Float32Array.of(1, 2) };
  const truth = { image: flat(0.3), features: Float32Array.of(1, 4), attributes: { Smiling: true } };
  const judge = { ...trainJudge([], [], 1), agreement: () => 0.75 };
  expect(compareFaces(features, truth, { size, judge })).toMatchObject({ mseR: 2, attributeAgreement: 0.75 });
});

it('measures one more metric wherever it is given one', () => {
  const brightness = defineMetric({
    name: 'brightness',
    title: 'Brightness',
    summary: 'Difference of the first pixels.',
    format: { digits: 1 },
    nearer: 'lower',
    params: z.strictObject({ scale: z.number().default(1) }),
    needs: [],
    measure: ({ image, truth }, { scale }) => scale * Math.abs((image[0] as number) - (truth[0] as number)),
  });
  const metrics = [...STANDARD_METRICS, { metric: brightness, params: { scale: 10 } }];
  const seen = compareFaces({ image: flat(0.5) }, { image: flat(0.25) }, { size, metrics });
  expect(seen.brightness).toBe(2.5);
  expect(meanMetrics([seen, { ...seen, brightness: 1.5, mseR: 4 }])).toMatchObject({
    brightness: 2,
    mseR: 4,
    ssim: seen.ssim,
  });
});
