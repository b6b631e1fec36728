/** One training step of a recipe as a compiled program whose state is everything that a checkpoint must hold. */
import { compile, type Program } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import type { Generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import { flatten, unflatten } from './adam.ts';
import type { Recipe } from './recipe.ts';

type Shapes = Record<string, readonly number[]>;

const NOISE = 'noise/';

/** The shape of every tensor of the state: weights (`<network>.weights/<PyTorch name>`) and moments of each network. */
export function stateShapes(recipe: Recipe, generator: Generator): Shapes {
  const shapes: Shapes = {};
  for (const [network, { parameters }] of Object.entries(recipe.networks(generator))) {
    shapes[`${network}.power1`] = [];
    shapes[`${network}.power2`] = [];
    for (const { name, shape } of parameters) {
      for (const part of ['weights', 'first', 'second']) shapes[`${network}.${part}/${name}`] = shape;
    }
  }
  return shapes;
}

/** Where a training starts: fresh weights, each network from its own seeded stream, and moments at zero. */
export function initialState(recipe: Recipe, generator: Generator, seed: number): NamedTensors {
  const networks = recipe.networks(generator);
  const fresh: NamedTensors = new Map();
  for (const [network, { initialise }] of Object.entries(networks)) {
    for (const [name, value] of initialise(seeded(seed, 'initialise', network))) {
      fresh.set(`${network}.weights/${name}`, value);
    }
  }
  return new Map(
    Object.entries(stateShapes(recipe, generator)).map(([name, shape]) => {
      const start = /\.power[12]$/.test(name) ? tensor(shape, Float32Array.of(1)) : fresh.get(name);
      return [name, start ?? tensor(shape)];
    }),
  );
}

/** The generator's parameters in `state`. */
export function generatorWeights(generator: Generator, state: NamedTensors): NamedTensors {
  return new Map(generator.parameters.map(({ name }) => [name, state.get(`generator.weights/${name}`) as Tensor]));
}

/**
 * Compiles one step. Inputs: `images`, the recipe's noise as `noise/<name>`, the learning rate as the scalar `rate`.
 * Outputs: the recipe's losses.
 */
export function trainingProgram(recipe: Recipe, generator: Generator, batch: number): Program {
  const noise = recipe.noise(generator, batch);
  const state = stateShapes(recipe, generator);
  const networks = Object.keys(recipe.networks(generator));
  return compile({
    name: `train/${recipe.name}/${generator.name}/${batch}`,
    inputs: {
      images: [recipe.batchesPerStep * batch, ...generator.outputShape],
      rate: [],
      ...Object.fromEntries(Object.entries(noise).map(([name, { shape }]) => [`${NOISE}${name}`, shape])),
    },
    bound: {},
    state,
    fn: (given: Record<string, tf.Tensor>) => {
      const get = (name: string): tf.Tensor => given[name] as tf.Tensor;
      const { trainees, losses } = recipe.step(generator, batch, {
        images: get('images'),
        rate: get('rate'),
        noise: Object.fromEntries(Object.keys(noise).map((name) => [name, get(`${NOISE}${name}`)])),
        trainees: Object.fromEntries(networks.map((network) => [network, unflatten(network, given)])),
      });
      const next: Record<string, tf.Tensor> = {};
      for (const [network, trainee] of Object.entries(trainees)) Object.assign(next, flatten(network, trainee));
      return { outputs: { ...losses }, state: next };
    },
  });
}
