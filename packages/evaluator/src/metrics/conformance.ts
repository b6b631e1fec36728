/** What every metric must do, built in or a user's own. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { seeded } from '@leakscope/shared/random';
import { trainJudge } from './attribute-judge.ts';
import { configureMetrics } from './configure.ts';
import type { Evidence, Pair } from './metric.ts';
import type { ConfiguredMetric } from './registry.ts';

export { kit } from './kit.ts';

const SIDE = 32;
const SIZE = { channels: 3, height: SIDE, width: SIDE };

/** The cases of a metric with these parameters. Each throws where it falls short. */
export const metricConformance: ConformanceSuite = (spec, base) =>
  casesOf(async () => (await configureMetrics([spec], base)).at(-1) as ConfiguredMetric, {
    'gives one finite number': ['measure', finite],
    'measures an image against itself as nearest': ['measure', nearestToItself],
    'tells a near image from a far one, on average over faces': ['nearer', ordered],
    'is a function of the two images': ['measure', repeatable],
    'leaves the images as they are': ['measure', unchanged],
    'measures images that are no squares': ['measure', oblong],
  });

/** An image in [-1, 1] that is smooth, as pictures are, of a seed. */
function picture(seed: number, { height, width } = SIZE): Float32Array {
  const draw = seeded('metric conformance', seed);
  const [a = 0, b = 0, c = 0, d = 0] = Array.from({ length: 4 }, () => 3 * draw.uniform());
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [x, y, plane] = [(i % width) / width, Math.floor(i / width) / width, Math.floor(i / (width * height))];
    return 0.9 * Math.sin(a + (1 + b) * 4 * x + (1 + c) * 3 * y + d * plane);
  });
}

/** `share` of noise in an image. */
const noisy = (image: Float32Array, share: number): Float32Array => {
  const noise = seeded('metric conformance', 'noise').normals(image.length);
  return image.map((value, i) => Math.max(-1, Math.min(1, (1 - share) * value + share * (noise[i] as number))));
};

/** With evidence that follows from the images, so that metrics that need it are measured too. */
function pairOf(image: Float32Array, truth: Float32Array, size = SIZE): Pair & Evidence {
  const shares = (planes: Float32Array) => Float32Array.from({ length: 16 }, (_, i) => planes[i * 97] as number);
  return {
    ...{ image, truth, size },
    features: { image: shares(image), truth: shares(truth) },
    attributes: { judge: { ...trainJudge([], [], 1), agreement: () => 1 }, truth: { Smiling: true } },
  };
}

const measured = ({ metric, params }: ConfiguredMetric, pair: Pair & Evidence): number => {
  const value = metric.measure(pair, params);
  assert.ok(value !== null, `it is null of two images of ${pair.size.width} by ${pair.size.height} pixels`);
  return value;
};

function finite(subject: ConfiguredMetric): void {
  assert.ok(Number.isFinite(measured(subject, pairOf(picture(1), picture(2)))), 'it is not finite');
}

/** How much nearer to the truth `a` is than `b`; negative where it is farther. */
const gain = ({ metric }: ConfiguredMetric, a: number, b: number) => (metric.nearer === 'higher' ? a - b : b - a);

function nearestToItself(subject: ConfiguredMetric): void {
  for (let seed = 0; seed < 5; seed++) {
    const own = subject.metric.measure(pairOf(picture(seed), picture(seed)), subject.params);
    // Null or none at equality is allowed where the scale ends there, as the decibels of no error.
    if (own === null) continue;
    const other = measured(subject, pairOf(noisy(picture(seed), 0.5), picture(seed)));
    assert.ok(gain(subject, own, other) >= 0, `itself is ${own}, an image of half noise ${other}`);
  }
}

function ordered(subject: ConfiguredMetric): void {
  const mean = (share: number) =>
    [1, 2, 3, 4, 5].reduce(
      (sum, seed) => sum + measured(subject, pairOf(noisy(picture(seed), share), picture(seed))),
      0,
    ) / 5;
  const [near, far] = [mean(0.1), mean(0.8)];
  assert.ok(
    gain(subject, near, far) >= 0,
    `a tenth of noise is ${near}, eight tenths ${far}: ${subject.metric.nearer} is nearer`,
  );
}

function repeatable(subject: ConfiguredMetric): void {
  const once = () => measured(subject, pairOf(picture(3), picture(4)));
  assert.equal(once(), once(), 'two measurements of the same images differ');
}

function unchanged(subject: ConfiguredMetric): void {
  const pair = pairOf(picture(3), picture(4));
  measured(subject, pair);
  assert.deepEqual([pair.image, pair.truth], [picture(3), picture(4)], 'measure changed an image');
}

function oblong(subject: ConfiguredMetric): void {
  const size = { channels: 3, height: SIDE, width: SIDE + 8 };
  measured(subject, pairOf(picture(1, size), picture(2, size), size));
}
