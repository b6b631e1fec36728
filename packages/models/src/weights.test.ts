import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '@leakscope/shared/random';
import { writeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier } from './classifiers.ts';
import { generator } from './generators.ts';
import { loadGenerator } from './load-generator.ts';
import { checkUpdate, checkWeights, saveWeights } from './weights.ts';

const model = classifier('resnet18-cifar', { resolution: 8 });

const drawn = model.initialise(seeded(1));

/** A copy to spoil. */
function fresh(): NamedTensors {
  return new Map([...drawn].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

describe('checkWeights', () => {
  test('accepts what PyTorch writes, in any order and with step counters, and puts it in order', () => {
    const shuffled: NamedTensors = new Map([...fresh()].reverse());
    shuffled.set('bn1.num_batches_tracked', { shape: [], data: Float32Array.of(7) });
    const checked = checkWeights(model, shuffled);
    expect([...checked.keys()]).toEqual([...model.parameters, ...model.buffers].map(({ name }) => name));
  });

  test.each<[string, string, string, (weights: NamedTensors) => void]>([
    [
      'a missing tensor',
      'TENSORS_MISSING',
      'layer2.0.downsample.1.running_mean',
      (weights) => weights.delete('layer2.0.downsample.1.running_mean'),
    ],
    [
      'an unknown tensor',
      'TENSORS_UNEXPECTED',
      'fc2.weight',
      (weights) => weights.set('fc2.weight', { shape: [1], data: Float32Array.of(1) }),
    ],
    [
      'another number of classes',
      'TENSORS_SHAPE_MISMATCH',
      'fc.weight',
      (weights) => weights.set('fc.weight', { shape: [3, 512], data: new Float32Array(1536) }),
    ],
    ['a NaN', 'TENSORS_NOT_FINITE', 'bn1.bias', (weights) => weights.get('bn1.bias')?.data.fill(Number.NaN, 3, 4)],
    [
      'a negative variance',
      'MODEL_VARIANCE_NEGATIVE',
      'bn1.running_var',
      (weights) => weights.get('bn1.running_var')?.data.fill(-1, 3, 4),
    ],
  ])('refuses %s, and names it', (_what, code, name, spoil) => {
    const weights = fresh();
    spoil(weights);
    expect(() => checkWeights(model, weights)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(name) }),
    );
  });

  test('an update has every parameter, whatever buffers it brings, and nothing else', () => {
    const weights = fresh();
    const update: NamedTensors = new Map([...weights].filter(([name]) => !name.includes('running_')));
    expect([...checkUpdate(model, update).keys()]).toEqual(model.parameters.map(({ name }) => name));
    expect(checkUpdate(model, weights).size).toBe(102);
    update.set('bn1.num_batches_tracked', { shape: [], data: Float32Array.of(1) });
    expect(() => checkUpdate(model, update)).toThrow(expect.objectContaining({ code: 'TENSORS_UNEXPECTED' }));
    weights.delete('fc.bias');
    expect(() => checkUpdate(model, weights)).toThrow(expect.objectContaining({ code: 'TENSORS_MISSING' }));
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leakscope-models-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a generator survives the file, with its metadata', async () => {
    const wgan = generator('ggl-wgan32');
    const weights = wgan.initialise(seeded(2));
    const path = join(folder, 'gan.safetensors');
    await saveWeights(path, wgan, weights, { metadata: { steps: '12' } });
    const loaded = await loadGenerator(path);
    expect(loaded.generator.name).toBe('ggl-wgan32');
    expect(loaded.metadata).toMatchObject({ arch: 'ggl-wgan32', steps: '12' });
    expect(loaded.weights).toEqual(weights);
  });

  test('half precision rounds, and stays a valid generator', async () => {
    const dcgan = generator('dcgan32');
    const weights = dcgan.initialise(seeded(3));
    const path = join(folder, 'half.safetensors');
    await saveWeights(path, dcgan, weights, { dtype: 'F16' });
    const original = weights.get('main.9.weight')?.data ?? new Float32Array();
    const rounded = (await loadGenerator(path)).weights.get('main.9.weight')?.data ?? new Float32Array();
    expect(rounded).toHaveLength(original.length);
    rounded.forEach((value, i) => {
      expect(Math.abs(value - (original[i] as number))).toBeLessThanOrEqual(
        2 ** -11 * Math.abs(original[i] as number) + 2 ** -25,
      );
    });
    expect(rounded).not.toEqual(original);
  });

  test('a file without arch, of an unknown arch, or cut short is refused', async () => {
    const path = join(folder, 'bad.safetensors');
    await writeSafetensors(path, new Map(), {});
    await expect(loadGenerator(path)).rejects.toThrow(expect.objectContaining({ code: 'MODEL_ARCH_MISSING' }));
    await writeSafetensors(path, new Map(), { metadata: { arch: 'biggan' } });
    await expect(loadGenerator(path)).rejects.toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
    await saveWeights(path, generator('dcgan32'), generator('dcgan32').initialise(seeded(4)));
    await writeFile(path, (await readFile(path)).subarray(0, -100));
    await expect(loadGenerator(path)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^TENSORS_/) }),
    );
  });
});
