import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { digestTensors, type NamedTensors } from '@leakscope/shared/tensors';
import { describe, expect, test, vi } from 'vitest';
import type { Batch, LocalSteps } from './algorithms/local-algorithm.ts';
import { openGradientSession } from './batch-gradient.ts';
import { openLocalSteps } from './local-steps.ts';
import { stepByStep } from './sgd.ts';

// Seconds on an idle machine; a busy one must not fail them.
vi.setConfig({ testTimeout: 240_000 });

const engine = { executor: 'onnx', threads: 1 } as const;
const batchSize = 4;
const plain: LocalSteps = { learningRate: 0.05, momentum: 0, weightDecay: 0, proximal: 0 };

const batchesOf = (pixels: number, count: number): Batch[] =>
  Array.from({ length: count }, (_, i) => ({
    images: seeded('images', i)
      .normals(batchSize * pixels)
      .map(Math.tanh),
    labels: [0, 1, 1, 0],
  }));

/** Largest difference over the largest change from `start`. */
function error(got: NamedTensors, want: NamedTensors, start: NamedTensors): number {
  let difference = 0;
  let change = 0;
  expect([...got.keys()]).toEqual([...want.keys()]);
  for (const [name, { data: b }] of want) {
    const [a, from] = [got, start].map((tensors) => tensors.get(name)?.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    for (let i = 0; i < b.length; i++) {
      difference = Math.max(difference, Math.abs((a[i] as number) - (b[i] as number)));
      change = Math.max(change, Math.abs((b[i] as number) - (from[i] as number)));
    }
  }
  expect(change).toBeGreaterThan(1e-4);
  return difference / change;
}

describe.each([
  ['lenet', 16, 'frozen', plain],
  ['lenet', 16, 'frozen', { ...plain, momentum: 0.9, weightDecay: 0.1 }],
  ['lenet', 16, 'frozen', { ...plain, proximal: 2 }],
  // Small steps: over large ones, batch norm of four examples makes much of the last bit.
  // At 32x32 its last stage has maps of one pixel: most of its weights meet no image.
  ['resnet18-imagenet', 32, 'train', { ...plain, learningRate: 1e-3 }],
  ['resnet18-imagenet', 32, 'train', { learningRate: 1e-3, momentum: 0.5, weightDecay: 0, proximal: 0.1 }],
  ['resnet18-cifar', 8, 'train', { learningRate: 1e-3, momentum: 0.5, weightDecay: 0.01, proximal: 0.1 }],
] as const)('%s at %i pixels, %s, %j', (arch, resolution, batchNorm, steps) => {
  test('ends where steps one by one end', async () => {
    const model = classifier(arch, { classes: 2, resolution });
    const weights = model.initialise(seeded(1, arch));
    const before = digestTensors(weights);
    const batches = batchesOf(3 * resolution * resolution, arch === 'lenet' ? 3 : 2);
    const on = { momentum: steps.momentum > 0, weightDecay: steps.weightDecay > 0, proximal: steps.proximal > 0 };
    const compiled = await openLocalSteps({ model, batchSize, batchNorm, ...on }, engine);
    // A session that has trained before begins each round anew.
    await compiled.run(weights, batches.slice(1), steps);
    const got = await compiled.run(weights, batches, steps);
    await compiled.release();
    const session = await openGradientSession({ model, batchSize, batchNorm, ...engine });
    const want = await stepByStep({ weights, batches, gradient: (at, batch) => session.run(at, batch) }, steps);
    await session.release();
    expect(got.loss).toBeCloseTo(want.loss, 4);
    expect(got.correct).toBe(want.correct);
    expect(error(got.parameters, want.parameters, weights)).toBeLessThan(2e-3);
    if (batchNorm === 'train') expect(error(got.buffers, want.buffers, weights)).toBeLessThan(1e-4);
    else expect(got.buffers.size).toBe(0);
    expect(digestTensors(weights)).toBe(before);
  });
});

test('an abort ends between steps', async () => {
  const model = classifier('lenet', { classes: 2, resolution: 16 });
  const off = { momentum: false, weightDecay: false, proximal: false };
  const compiled = await openLocalSteps({ model, batchSize, batchNorm: 'frozen', ...off }, engine);
  const reason = new Error('moved on');
  const run = compiled.run(model.initialise(seeded(1)), batchesOf(768, 1), plain, AbortSignal.abort(reason));
  await expect(run).rejects.toBe(reason);
  await compiled.release();
});
