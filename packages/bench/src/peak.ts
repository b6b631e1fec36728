/** `bench peak`: the rate of 3x3 convolutions with packed weights on the maps of ResNet-18, which no matching step can pass. */
import { compile, openSession, type Program } from '@leakscope/engine';
import { conv2d } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { type BenchCase, type BenchOptions, conditions, engineOf, type Planned, relativeError, time } from './case.ts';

/** Channels and side of the map, as the stages of the CIFAR stem have them. */
const MAPS = [
  [64, 32],
  [128, 16],
  [256, 8],
] as const;

/** Enough images that weights are read once for many pixels, and layers that what they hand on stays in the executor's layout. */
const BATCH = 8;
const LAYERS = 8;

/** One case a map. The error is that of one image through one layer, against the `eager` executor. */
export const peakCases = (): Planned[] =>
  MAPS.map(([channels, side]) => {
    const name = `peak/conv3x3-${channels}/${side}/batch${BATCH}`;
    return { name, measure: (options) => measure(name, channels, side, options) };
  });

const chain = (channels: number, side: number, batch: number, layers: number): Program =>
  compile({
    name: `bench/peak/${layers}`,
    inputs: { x: [batch, channels, side, side] },
    bound: Object.fromEntries(Array.from({ length: layers }, (_, i) => [`w${i}`, [channels, channels, 3, 3]])),
    fn: (tensors) => {
      let y = tensors.x as tf.Tensor;
      for (let i = 0; i < layers; i++) y = conv2d(y, tensors[`w${i}`] as tf.Tensor, { padding: 1 });
      return { outputs: { y } };
    },
  });

async function measure(name: string, channels: number, side: number, options: BenchOptions): Promise<BenchCase> {
  const engine = engineOf(options);
  const scale = 1 / Math.sqrt(9 * channels);
  const bound = (layers: number) =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, i) => [
        `w${i}`,
        seeded('bench', 'peak', i)
          .normals(channels * channels * 9)
          .map((w) => w * scale),
      ]),
    );
  const images = (index: number, batch: number) => ({
    x: seeded('bench', 'maps', index).normals(batch * channels * side * side),
  });
  const start = performance.now();
  const program = chain(channels, side, BATCH, LAYERS);
  const compiled = performance.now();
  const session = await openSession(program, { bound: bound(LAYERS), ...engine });
  const opened = performance.now();
  const timing = await time(
    { name, prepare: (index) => images(index, BATCH), call: (inputs) => session.run(inputs) },
    options,
  );
  await session.release();
  const one = async (of: Pick<BenchOptions, 'executor' | 'threads'>) => {
    const single = await openSession(chain(channels, side, 1, 1), { bound: bound(1), ...of });
    const { y } = await single.run(images(0, 1));
    await single.release();
    return y as Float32Array;
  };
  return {
    name,
    ...timing,
    items: BATCH,
    gmac: (BATCH * LAYERS * channels * channels * 9 * side * side) / 1e9,
    rel_error: relativeError(await one(engine), await one({ executor: 'eager' })),
    ...conditions(session, options, [start, compiled, opened]),
  };
}
