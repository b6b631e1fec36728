/**
 * What a matching step is held against: one forward pass of one image through the same model with its batch norms folded away, on
 * the same executor, in the same minutes. Its rate is the machine's peak for convolutions of these sizes, weights read from memory
 * included; a host's other guests slow both down alike.
 */
import { compile, openSession, type Session } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, evalLayers, type Layers, weight } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, valuesByName } from '@leakscope/shared/tensors';
import { type BenchOptions, engineOf } from './case.ts';

interface Yardstick {
  /** One forward pass of one image. */
  call(): Promise<unknown>;
  release(): Promise<void>;
}

export async function openYardstick(
  model: Classifier,
  weights: NamedTensors,
  options: Pick<BenchOptions, 'executor' | 'threads'>,
): Promise<Yardstick> {
  const session = await openForward(model, weights, options);
  const image = seeded('bench', 'yardstick').normals(sizeOf(model.inputShape)).map(Math.tanh);
  return { call: () => session.run({ x: image }), release: () => session.release() };
}

/** Logits of one image. A folded norm leaves its shift; its scale would be in the weights, whose values make no difference to speed. */
function openForward(
  model: Classifier,
  weights: NamedTensors,
  options: Pick<BenchOptions, 'executor' | 'threads'>,
): Promise<Session> {
  const program = compile({
    name: `bench/forward/${model.name}-${model.classes}/${model.inputShape}`,
    inputs: { x: [1, ...model.inputShape] },
    bound: Object.fromEntries([...model.parameters, ...model.buffers].map(({ name, shape }) => [name, shape])),
    fn: (tensors) => {
      const shift = (name: string): tf.Tensor => tf.reshape(weight(tensors, `${name}.bias`), [1, -1, 1, 1]);
      const folded: Layers = { ...evalLayers(tensors), batchNorm: (name, x) => tf.add(x, shift(name)) };
      return { outputs: { logits: model.forward(folded, weight(tensors, 'x')).logits } };
    },
  });
  return openSession(program, { bound: valuesByName(weights), ...engineOf(options) });
}
