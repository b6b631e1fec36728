/** The training images in memory, as bytes: a quarter of the size of floats, and exactly what a decoder gives. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';

/** What of a dataset is needed here. */
interface ImageSource {
  example(index: number): Promise<{ readonly image: Float32Array }>;
}

export interface Faces {
  readonly count: number;
  /** Side of the square images, in pixels. */
  readonly side: number;
  /** Images [n, 3, side, side] in [-1, 1], one after another; those marked are mirrored left to right. */
  batch(indices: readonly number[], mirrored?: readonly boolean[]): Float32Array;
}

/**
 * Reads the images at `indices` once. @throws whatever the dataset throws for an image it cannot read;
 * DATA_IMAGE_SHAPE if an image is not 3 x side x side.
 */
export async function loadFaces(
  source: ImageSource,
  indices: readonly number[],
  { side, signal }: { side: number; signal?: AbortSignal | undefined },
): Promise<Faces> {
  const size = 3 * side * side;
  const bytes = new Uint8Array(indices.length * size);
  for (const [at, index] of indices.entries()) {
    signal?.throwIfAborted();
    const { image } = await source.example(index);
    if (image.length !== size) {
      throw new LeakscopeError('TRAIN_IMAGE_SHAPE', { index, expected: size, actual: image.length });
    }
    for (let i = 0; i < size; i++) bytes[at * size + i] = Math.round(((image[i] as number) + 1) * 127.5);
  }
  return {
    count: indices.length,
    side,
    batch(chosen, mirrored = []) {
      const values = new Float32Array(chosen.length * size);
      for (const [at, index] of chosen.entries()) {
        const mirror = mirrored[at] === true;
        for (let i = 0; i < size; i++) {
          const from = mirror ? i - 2 * (i % side) + side - 1 : i;
          values[at * size + i] = (bytes[index * size + from] as number) / 127.5 - 1;
        }
      }
      return values;
    },
  };
}

/**
 * Which images make up batch number `position` of a training that goes through `count` images again and again, each
 * time in another seeded order, and leaves out the last incomplete batch. Depends on nothing but its arguments, so that a
 * resumed training sees the batches that an uninterrupted one would have seen.
 */
export function batchIndices(count: number, batch: number, seed: number, position: number): readonly number[] {
  const perEpoch = Math.floor(count / batch);
  const start = (position % perEpoch) * batch;
  return epochOrder(count, seed, Math.floor(position / perEpoch)).slice(start, start + batch);
}

let remembered: { key: string; order: readonly number[] } | undefined;

function epochOrder(count: number, seed: number, epoch: number): readonly number[] {
  const key = `${count} ${seed} ${epoch}`;
  if (remembered?.key !== key) {
    const order = seeded(seed, 'order', epoch).shuffle(Array.from({ length: count }, (_, i) => i));
    remembered = { key, order };
  }
  return remembered.order;
}
