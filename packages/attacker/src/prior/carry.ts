/** From one space of a search to the next: latents, or the map at a stage of the generator, as the map at a later stage. */
import { compile, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { between, evalLayers, type LoadedGenerator, rest } from '@leakscope/models';
import { programName } from '@leakscope/shared/module';
import { valuesByName } from '@leakscope/shared/tensors';
import type { GenerateOptions } from './generate.ts';

/** Points [images × entries] before stage `from` of the generator as points before stage `to`, which comes no earlier. */
export async function carry(
  { generator, weights }: Pick<LoadedGenerator, 'generator' | 'weights'>,
  points: Float32Array,
  { from, to }: { readonly from: number; readonly to: number },
  { executor, threads }: GenerateOptions = {},
): Promise<Float32Array> {
  if (from === to) return points;
  const entries = rest(generator, from).latent;
  const program = compile({
    name: `carry/${programName(generator)}/${from}-${to}`,
    inputs: { points: [points.length / entries, entries] },
    bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    fn: (tensors) => ({
      outputs: { carried: between(generator, from, to)(evalLayers(tensors), tensors.points as tf.Tensor) },
    }),
  });
  const session = await openSession(program, {
    bound: valuesByName(weights),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    return ((await session.run({ points })) as { carried: Float32Array }).carried;
  } finally {
    await session.release();
  }
}
