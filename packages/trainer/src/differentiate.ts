/** Gradients of one loss in the weights of several networks. */
import { type Differentiated, gradients } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import type { Tensors } from './adam.ts';

/** Value, gradients and auxiliary tensors of `loss`; the gradients by network and by weight. */
export function differentiate<Network extends string>(
  networks: Readonly<Record<Network, Tensors>>,
  loss: () => Differentiated,
): { value: tf.Tensor; grads: Readonly<Record<Network, Tensors>>; aux: Readonly<Record<string, tf.Tensor>> } {
  const weights = Object.entries<Tensors>(networks).flatMap(([network, tensors]) =>
    Object.entries(tensors).map(([name, tensor]) => ({ network, name, tensor })),
  );
  const { value, grads, aux } = gradients(
    loss,
    weights.map(({ tensor }) => tensor),
  );
  const gradsOf = (network: string): Tensors =>
    Object.fromEntries(
      weights.flatMap((weight, i) => (weight.network === network ? [[weight.name, grads[i] as tf.Tensor]] : [])),
    );
  const byNetwork = Object.fromEntries(Object.keys(networks).map((network) => [network, gradsOf(network)]));
  return { value, grads: byNetwork as Record<Network, Tensors>, aux };
}
