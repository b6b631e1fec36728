/** What every generator must do. */
import assert from 'node:assert/strict';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { equalTensors, sizeOf, tensor } from '@leakscope/shared/tensors';
import { evalLayers } from '../layers.ts';
import { type LoadedGenerator, loadGenerator } from '../load-generator.ts';
import { checkWeights } from '../weights.ts';
import { assertFinite, assertNear, evaluate } from './evaluate.ts';

/** The cases of a generator with its weights. Each throws where the generator falls short. */
export const generatorConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => loadGenerator(parsePlugin(spec, 'generator').name, base), {
    'names its parameters as PyTorch does': ['parameters', named],
    'starts by the seed: all names and shapes, the same for the same seed': ['initialise', startsBySeed],
    'gives images of the stated shape within [-1, 1]': ['forward', ofStatedShape],
    'makes every image from its own latent alone': ['forward', latentsAlone],
    'can be searched: a gradient reaches every latent': ['forward', searchable],
    'computes the same on every executor': ['forward', sameEverywhere],
  });

const COUNT = 2;

const latents = ({ generator }: LoadedGenerator) =>
  tensor([COUNT, generator.latent], seeded('conformance', 'latents').normals(COUNT * generator.latent));

async function images(
  { generator, weights }: LoadedGenerator,
  z = latents({ generator } as LoadedGenerator),
  executor?: 'eager',
) {
  const { x } = await evaluate({
    name: `generate/${generator.name}`,
    weights,
    inputs: new Map([['z', z]]),
    fn: (tensors) => ({ x: generator.forward(evalLayers(tensors), tensors.z as tf.Tensor) }),
    ...(executor && { executor }),
  });
  return x as Float32Array;
}

function named({ generator: { parameters, buffers } }: LoadedGenerator): void {
  const names = [...parameters, ...buffers].map(({ name }) => name);
  for (const name of names) assert.match(name, /^\w+(\.\w+)*\.(weight|bias|running_mean|running_var)$/);
  assert.equal(new Set(names).size, names.length, 'a name is given twice');
}

function startsBySeed({ generator }: LoadedGenerator): void {
  const start = () => checkWeights(generator, generator.initialise(seeded('conformance', 'weights')));
  assert.ok(equalTensors(start(), start()), 'two starts from one seed differ');
}

async function ofStatedShape(loaded: LoadedGenerator): Promise<void> {
  const values = await images(loaded);
  assert.equal(values.length, COUNT * sizeOf(loaded.generator.outputShape), 'images are not [N, ...outputShape]');
  assertFinite(values, 'images');
  // An executor's fast tanh may overshoot 1 by a rounding error.
  assert.ok(
    values.every((value) => Math.abs(value) <= 1 + 1e-5),
    'a value is outside [-1, 1]',
  );
}

async function latentsAlone(loaded: LoadedGenerator): Promise<void> {
  const { latent } = loaded.generator;
  const both = await images(loaded);
  const alone = await images(loaded, tensor([1, latent], latents(loaded).data.slice(0, latent)));
  assertNear(alone, both.slice(0, both.length / COUNT), 1e-4, 'the first image, alone and in a batch');
}

async function searchable(loaded: LoadedGenerator): Promise<void> {
  const { generator, weights } = loaded;
  const { slope } = await evaluate({
    name: `search/${generator.name}`,
    weights,
    inputs: new Map([['z', latents(loaded)]]),
    fn: (tensors) => {
      const size = (z: tf.Tensor) => tf.sum(tf.square(generator.forward(evalLayers(tensors), z)));
      const { grads } = gradients((z) => size(z as tf.Tensor), [tensors.z as tf.Tensor]);
      return { slope: grads[0] as tf.Tensor };
    },
  });
  assertFinite(slope as Float32Array, 'gradient in the latent');
  for (let i = 0; i < COUNT; i++) {
    const own = slope?.slice(i * generator.latent, (i + 1) * generator.latent);
    assert.ok(
      own?.some((value) => value !== 0),
      `latent ${i} does not change its image`,
    );
  }
}

async function sameEverywhere(loaded: LoadedGenerator): Promise<void> {
  assertNear(await images(loaded), await images(loaded, undefined, 'eager'), 1e-3, 'images, compiled and op by op');
}
