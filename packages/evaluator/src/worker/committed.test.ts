import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import { type AttackJob, type FinishedJob, openStore, type Store } from '@leakscope/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleDetails } from '../record.fixture.ts';
import { detailsOf, readReconstruction } from './committed.ts';

let home: string;
let store: Store;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'leakscope-committed-'));
  store = openStore(home, 'server');
});
afterAll(async () => {
  await store.close();
  await rm(home, { recursive: true });
});

const settled = (key: string, state: 'done' | 'failed' = 'done'): FinishedJob => ({
  job: { key } as AttackJob,
  state,
  attempts: 1,
  error: null,
});
const commit = (key: string, name: string, shape: number[], labels: number[]) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i);
  return store.reconstructions.commit(
    key,
    encodeSafetensors(new Map([[name, { shape, data }]])),
    sampleDetails({ labels }),
  );
};

it('cuts the images apart', async () => {
  await commit('a', 'images', [2, 3, 2, 2], [1, 0]);
  const shown = await readReconstruction(store, settled('a'), 2);
  expect(shown?.labels).toEqual([1, 0]);
  expect(shown?.images.map((image) => [image.length, image[0]])).toEqual([
    [12, 0],
    [12, 12],
  ]);
  expect(await readReconstruction(store, settled('a', 'failed'), 2)).toBeNull();
  expect(await readReconstruction(store, settled('none'), 2)).toBeNull();
});

it.each([
  ['b', 'pictures', [1, 3, 2, 2], [1], 'no tensor `images`'],
  ['c', 'images', [1, 3, 4, 4], [1], 'its images are 1x3x4x4'],
  ['e', 'images', [2, 3, 2, 2], [1], '1 labels for 2 images'],
])('names what is wrong with job %s', async (key, name, shape, labels, reason) => {
  await commit(key, name, shape, labels);
  await expect(readReconstruction(store, settled(key), 2)).rejects.toMatchObject({
    code: 'EVAL_RECONSTRUCTION_INVALID',
    message: expect.stringContaining(reason),
  });
});

it('keeps what an attack says of itself, but not its labels and loss curve', () => {
  const { labels: _labels, losses: _losses, ...rest } = sampleDetails();
  expect(detailsOf(sampleDetails())).toEqual(rest);
});
