/** The conformance suite over every metric, and what it catches; how an experiment's metrics are put together. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { configureMetrics } from './configure.ts';
import { metricConformance } from './conformance.ts';
import { METRICS, STANDARD_METRICS } from './registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-metric-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A module whose metric is the mean absolute difference but for `parts`. */
function write(name: string, parts = ''): string {
  const source = `export default ({ defineMetric, z }) => defineMetric({
    name: '${name}', title: 'Mine', summary: 'Mean absolute difference.', format: { digits: 3 }, nearer: 'lower',
    params: z.strictObject({ scale: z.number().default(1) }), needs: [],
    measure: ({ image, truth }, { scale }) =>
      (scale * image.reduce((sum, value, i) => sum + Math.abs(value - truth[i]), 0)) / image.length,
    ${parts}
  });`;
  writeFileSync(join(folder, `${name}.mjs`), source);
  return `./${name}.mjs`;
}

describe.each(METRICS.names)('%s', (name) => {
  for (const { name: what, run } of metricConformance(name, '.')) test(what, run);
});

describe('the suite catches', () => {
  test.each([
    ['upside-down', 'tells a near image', `nearer: 'higher',`],
    ['restless', 'is a function of the two', 'measure: () => Math.random(),'],
    ['greedy', 'leaves the images', 'measure: ({ image }) => { image.fill(0); return 0; },'],
    ['endless', 'gives one finite number', 'measure: () => 1 / 0,'],
    [
      'square',
      'measures images that are no squares',
      'measure: ({ size }) => (size.height === size.width ? 1 : null),',
    ],
  ])('%s', async (name, what, parts) => {
    const found = metricConformance(write(name, parts), folder).find((one) => one.name.startsWith(what));
    await expect(found?.run()).rejects.toThrow();
  });
});

describe('configureMetrics', () => {
  const standard = STANDARD_METRICS.map(({ metric }) => metric.name);

  test('adds a module after the standard ones, and gives a standard one other parameters in its place', async () => {
    const metrics = await configureMetrics([`${write('own')}:scale=2`, 'ssim:taps=7'], folder);
    expect(metrics.map(({ metric }) => metric.name)).toEqual([...standard, 'own']);
    expect(metrics.find(({ metric }) => metric.name === 'ssim')?.params).toMatchObject({ taps: 7, deviation: 1.5 });
    expect(metrics.at(-1)?.params).toEqual({ scale: 2 });
  });

  test.each([
    ['an unknown one', ['lpipz'], 'it must be one of'],
    ['a parameter that is not valid', ['ssim:taps=1'], 'Too small'],
    ['a standard one twice', ['ssim:taps=7', 'ssim:taps=9'], 'another metric ssim'],
    ['a module under the name of a standard one', [write('ssim')], 'another metric ssim'],
  ])('refuses %s', async (_, specs, reason) => {
    await expect(configureMetrics(specs, folder)).rejects.toMatchObject({
      code: 'CONFIG_VALUE_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
