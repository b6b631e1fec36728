/** `leakscope attack`, as its user runs it: what it measures by has the names and the values of a run's leak records. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@leakscope/data';
import { encodePng } from '@leakscope/evaluator';
import { METRICS } from '@leakscope/evaluator/metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../shell/run.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-attack-'));
const at = (name: string) => join(folder, name);
const MODEL = ['--arch', 'lenet', '--init-seed', '1'];

async function leakscope(...argv: string[]): Promise<void> {
  const { status, stderr } = await runCli(argv, { timeoutMs: 120_000 });
  if (status !== '0') throw new Error(stderr);
}

beforeAll(async () => {
  const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 1, clients: 2, evaluation: 1 } });
  for (const [k, index] of faces.partition('clients').entries())
    writeFileSync(at(`${k}.png`), await encodePng((await faces.example(index)).image, 32));
  const images = ['--images', at('0.png'), '--images', at('1.png'), '--labels', '0,1'];
  await leakscope('gradient', ...MODEL, ...images, '--out', at('y.safetensors'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('measures a batch by the metrics and the floor of a run, whatever the order of its images', async () => {
  const attack = ['attack', ...MODEL, '--update', at('y.safetensors'), '--batch', '2', '--labels', '0,1'];
  const ggl = ['--attack', 'ggl:steps=2,restarts=1,generator=synthetic-faces-32'];
  const measured = async (name: string, truths: readonly string[]) => {
    await leakscope(...attack, ...ggl, '--out', at(name), ...truths.flatMap((truth) => ['--truth', at(truth)]));
    return JSON.parse(readFileSync(join(at(name), 'result.json'), 'utf8')).measured;
  };
  const images = await measured('a', ['0.png', '1.png']);
  expect(images).toHaveLength(2);
  for (const { metrics, floor, floorSource, leakAbovePrior } of images) {
    for (const { name } of METRICS.builtIn) expect(metrics).toHaveProperty(name);
    expect(metrics.mseR).toBeGreaterThan(0);
    expect(floorSource.mse11).toBe('prior');
    expect(leakAbovePrior).toBeCloseTo(1 - metrics.mse11 / floor.mse11, 12);
  }
  const swapped = await measured('b', ['1.png', '0.png']);
  expect(swapped.map(({ metrics }: { metrics: unknown }) => metrics)).toEqual(
    images.toReversed().map(({ metrics }: { metrics: unknown }) => metrics),
  );
});
