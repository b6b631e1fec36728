/** Images of a finished generator: a compiled forward pass in evaluation mode, and grids of them as PNG. */
import { compile, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { evalLayers, type Generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import sharp from 'sharp';
import type { Compute } from './compute.ts';

const BATCH = 64;

/** What a program binds: a generator's parameters and buffers, by name. */
export function bindGenerator(generator: Generator, weights: NamedTensors) {
  const specs = [...generator.parameters, ...generator.buffers];
  return {
    shapes: Object.fromEntries(specs.map(({ name, shape }) => [name, shape])),
    values: Object.fromEntries(specs.map(({ name }) => [name, weights.get(name)?.data ?? new Float32Array()])),
  };
}

/** `count` images of z ~ N(0, I), CHW in (-1, 1). The first images do not depend on the count. */
export async function drawSamples(
  generator: Generator,
  weights: NamedTensors,
  { count, seed, ...compute }: { count: number; seed: number } & Compute,
): Promise<Float32Array[]> {
  const { shapes, values } = bindGenerator(generator, weights);
  const program = compile({
    name: `sample/${generator.name}/${BATCH}`,
    inputs: { z: [BATCH, generator.latent] },
    bound: shapes,
    fn: (given: Record<string, tf.Tensor>) => ({
      outputs: { images: generator.forward(evalLayers(given), given.z as tf.Tensor) },
    }),
  });
  const session = await openSession(program, { bound: values, ...compute });
  try {
    const random = seeded(seed, 'sample');
    const size = generator.outputShape.reduce((product, side) => product * side, 1);
    const images: Float32Array[] = [];
    while (images.length < count) {
      const { images: batch } = await session.run({ z: random.normals(BATCH * generator.latent) });
      for (let i = 0; i < BATCH && images.length < count; i++) {
        images.push((batch as Float32Array).slice(i * size, (i + 1) * size));
      }
    }
    return images;
  } finally {
    await session.release();
  }
}

/** Writes square CHW images in [-1, 1] side by side, `columns` to a row, each pixel `scale` times as large. */
export async function writeGrid(
  path: string,
  images: readonly Float32Array[],
  { side, columns, scale = 2 }: { side: number; columns: number; scale?: number },
): Promise<void> {
  const rows = Math.ceil(images.length / columns);
  const width = columns * side;
  const pixels = new Uint8Array(rows * side * width * 3);
  for (const [n, image] of images.entries()) {
    const left = (n % columns) * side;
    const top = Math.floor(n / columns) * side;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < 3; c++) {
          const value = (image[(c * side + y) * side + x] as number) * 127.5 + 127.5;
          pixels[((top + y) * width + left + x) * 3 + c] = Math.round(Math.min(255, Math.max(0, value)));
        }
      }
    }
  }
  await sharp(pixels, { raw: { width, height: rows * side, channels: 3 } })
    .resize(width * scale, rows * side * scale, { kernel: 'nearest' })
    .png()
    .toFile(path);
}
