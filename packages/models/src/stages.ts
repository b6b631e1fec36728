/** A generator cut between two of its stages: what leads up to there, and what is left from there on. */

import * as tf from '@leakscope/engine/tf';
import { sizeOf } from '@leakscope/shared/tensors';
import type { Generator, GeneratorStage } from './generator.ts';
import type { Layers } from './layers.ts';

/** The stages of any generator; one that tells none is a single stage. */
export const stagesOf = (generator: Generator): readonly GeneratorStage[] =>
  generator.stages ?? [{ input: [generator.latent], forward: generator.forward }];

/**
 * What is left of a generator from stage `at` on, as a generator of its own over the same weights: its latent is the map that goes
 * into that stage, flattened. `rest(generator, 0)` is the generator itself.
 * @throws RangeError: there is no such stage
 */
export function rest(generator: Generator, at: number): Generator {
  if (at === 0) return generator;
  const stages = stagesOf(generator).slice(at);
  const [first] = stages;
  if (first === undefined) throw new RangeError(`${generator.name} has no stage ${at}`);
  const input = [...first.input];
  return {
    ...generator,
    name: `${generator.name}>${at}`,
    latent: sizeOf(input),
    stages,
    forward: (layers, map) =>
      stages.reduce((x, stage) => stage.forward(layers, x), tf.reshape(map, [-1, ...input]) as tf.Tensor),
  };
}

/** Maps that go into stage `from`, [N, entries], as those that go into stage `to`, [N, entries]. */
export function between(generator: Generator, from: number, to: number) {
  const stages = stagesOf(generator).slice(from, to);
  return (layers: Layers, maps: tf.Tensor): tf.Tensor => {
    const [first] = stages;
    if (first === undefined) return maps;
    const [count] = maps.shape as [number];
    const map: tf.Tensor = tf.reshape(maps, [count, ...first.input]);
    return tf.reshape(
      stages.reduce((x, stage) => stage.forward(layers, x), map),
      [count, -1],
    );
  };
}
