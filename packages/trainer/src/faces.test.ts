import { tensor } from '@leakscope/shared/tensors';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchIndices, loadFaces } from './faces.ts';

const image = (value: number): Float32Array => tensor([3, 2, 2]).data.map((_, i) => (value + i) / 127.5 - 1);
const source = { example: async (index: number) => ({ image: image(index) }) };

describe('loadFaces', () => {
  test('gives back what was read, in the order asked for', async () => {
    const faces = await loadFaces(source, [7, 9, 30], { side: 2 });
    expect(faces.count).toBe(3);
    expect([...faces.batch([2, 0])]).toEqual([...image(30), ...image(7)]);
  });

  test('mirrors rows of the images marked', async () => {
    const faces = await loadFaces(source, [0], { side: 2 });
    const [a, b, c, d] = image(0);
    expect([...faces.batch([0], [true]).slice(0, 4)]).toEqual([b, a, d, c]);
  });

  test('refuses images of another size', async () => {
    await expect(loadFaces(source, [0], { side: 4 })).rejects.toMatchObject({ code: 'TRAIN_IMAGE_SHAPE' });
  });

  test('stops when told to', async () => {
    await expect(loadFaces(source, [0], { side: 2, signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('batchIndices', () => {
  test('each epoch takes each image at most once, and in another order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 60 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (count, batch, seed) => {
        const perEpoch = Math.floor(count / batch);
        const epoch = (n: number) =>
          Array.from({ length: perEpoch }, (_, i) => batchIndices(count, batch, seed, n * perEpoch + i)).flat();
        expect(new Set(epoch(0)).size).toBe(perEpoch * batch);
        expect(epoch(1).every((index) => index >= 0 && index < count)).toBe(true);
        if (count > 20) expect(epoch(0)).not.toEqual(epoch(1));
      }),
    );
  });
});
