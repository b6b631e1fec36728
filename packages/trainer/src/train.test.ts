import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseData } from '@leakscope/data';
import { loadGenerator } from '@leakscope/models';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { modelCard } from './card.ts';
import { measureGenerator } from './measure.ts';
import type { TrainingProgress } from './progress.ts';
import { type TrainOptions, trainGenerator } from './train.ts';

const data = await parseData({ source: 'synthetic-faces', sizes: { public: 64, clients: 1, evaluation: 24 } });
/** Trainings take seconds alone, minutes on a machine that others use. */
vi.setConfig({ testTimeout: 240_000 });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leakscope-trainer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tiny = (out: string, rest: Partial<TrainOptions> = {}): TrainOptions => ({
  data,
  out: join(folder, out),
  batch: 4,
  epochs: 0.07,
  seed: 3,
  threads: 1,
  sampleEvery: 0,
  ...rest,
});

describe.each([
  { recipe: 'vae', epochs: 0.2, falling: 'reconstruction' },
  { recipe: 'wgan-gp', epochs: 0.7, falling: 'critic' },
])('recipe $recipe', ({ recipe, epochs, falling }) => {
  test('lowers its loss; interrupted after a step and resumed, it ends with the same file as uninterrupted', async () => {
    const seen: number[] = [];
    const watch = ({ losses }: TrainingProgress): void => void seen.push(losses[falling] ?? Number.NaN);
    const whole = await trainGenerator(tiny(`${recipe}-whole.safetensors`, { recipe, epochs, onProgress: watch }));
    expect(whole).toMatchObject({ interrupted: false, step: whole.steps });
    expect(whole.losses[falling]).toBeLessThan(seen[0] as number);

    const controller = new AbortController();
    const out = `${recipe}-resumed.safetensors`;
    const stopped = await trainGenerator(
      tiny(out, { recipe, epochs, signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(stopped).toMatchObject({ interrupted: true, step: 1 });
    await expect(readFile(stopped.out)).rejects.toMatchObject({ code: 'ENOENT' });

    const resumed = await trainGenerator(tiny(out, { recipe, epochs, resume: true }));
    expect(resumed.interrupted).toBe(false);
    expect(Buffer.compare(await readFile(resumed.out), await readFile(whole.out))).toBe(0);
    const { generator, metadata } = await loadGenerator(whole.out);
    expect(generator.name).toBe('ggl-wgan32');
    expect(metadata).toMatchObject({ recipe, seed: '3', images: '64', steps: String(whole.steps) });
  });
});

describe('training', () => {
  test.each([
    ['epochs', { epochs: 0 }],
    ['batch', { batch: 1 }],
    ['learningRate', { learningRate: Number.NaN }],
    ['seed', { seed: 0.5 }],
  ])('refuses a bad %s', async (field, options) => {
    await expect(trainGenerator(tiny('bad.safetensors', options))).rejects.toMatchObject({
      code: 'TRAIN_OPTION_INVALID',
      details: { field },
    });
  });

  test('refuses a batch that the images do not fill, and an unknown recipe', async () => {
    const code = async (options: Partial<TrainOptions>) =>
      trainGenerator(tiny('bad.safetensors', options)).catch((error: { code: string }) => error.code);
    expect(await code({ batch: 500 })).toBe('TRAIN_TOO_FEW_IMAGES');
    expect(await code({ recipe: 'magic' })).toBe('TRAIN_RECIPE_UNKNOWN');
  });

  test('says when it diverges', async () => {
    await expect(trainGenerator(tiny('bad.safetensors', { learningRate: 1e30, epochs: 1 }))).rejects.toMatchObject({
      code: 'TRAIN_DIVERGED',
    });
  });

  test('resumes nothing that is missing or belongs to another training', async () => {
    await expect(trainGenerator(tiny('none.safetensors', { resume: true }))).rejects.toMatchObject({
      code: 'TRAIN_CHECKPOINT_MISSING',
    });
    await trainGenerator(tiny('other.safetensors'));
    await expect(trainGenerator(tiny('other.safetensors', { resume: true, seed: 4 }))).rejects.toMatchObject({
      code: 'TRAIN_CHECKPOINT_MISMATCH',
      details: { field: 'seed', value: '4', written: '3' },
    });
  });
});

describe('measureGenerator', () => {
  test('a short training halves the reconstruction error; its generator is measured, and the card says so', async () => {
    const seen: number[] = [];
    const { out, losses } = await trainGenerator(
      tiny('measured.safetensors', {
        batch: 8,
        epochs: 4,
        sampleEvery: 2,
        onProgress: (progress) => seen.push(progress.losses.reconstruction ?? 0),
      }),
    );
    expect(losses.reconstruction).toBeLessThan((seen[0] as number) / 2);
    expect(await readdir(join(folder, 'measured.training'))).toEqual([
      'checkpoint.safetensors',
      'samples-000016.png',
      'samples.png',
    ]);
    const quality = await measureGenerator({ generator: out, data, faces: 4, steps: 30, threads: 1 });
    expect(quality.inversion.mean).toBeLessThan(quality.prior.mean);
    expect(quality.inversion.worst).toBeGreaterThanOrEqual(quality.inversion.mean);
    expect(quality.frechet.floor).toBeLessThan(quality.frechet.value);
    expect(quality.diversity.samples).toBeGreaterThan(0);
    expect(quality.memorisation.samples).toBeGreaterThan(0);
    const card = modelCard(quality, { name: 'measured' });
    expect(card).toContain(quality.inversion.mean.toPrecision(3));
    expect(card).toContain('--data synthetic-faces --recipe vae --epochs 4 --batch 8 --learning-rate 0.001 --seed 3');
    expect(card).toContain(quality.digest);
  });
});
