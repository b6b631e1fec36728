/** Gradients of one loss in the weights of several networks, with the terms of the loss kept for the progress line. */
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Tensors } from './adam.ts';

export interface Differentiated<Network extends string> {
  readonly value: tf.Tensor;
  readonly grads: Readonly<Record<Network, Tensors>>;
  /** What `keep` was given, as constants. */
  readonly terms: Readonly<Record<string, tf.Tensor>>;
}

/** Value and gradients of `loss`, a scalar, in every tensor of `networks`. */
export function differentiate<Network extends string>(
  networks: Readonly<Record<Network, Tensors>>,
  loss: (keep: (name: string, term: tf.Tensor) => void) => tf.Tensor,
): Differentiated<Network> {
  const weights = (Object.entries(networks) as [Network, Tensors][]).flatMap(([network, tensors]) =>
    Object.entries(tensors).map(([name, tensor]) => ({ network, name, tensor })),
  );
  const kept: Record<string, tf.Tensor> = {};
  const { value, grads } = gradients(
    // gradients() disposes of everything that the function made but its value.
    () =>
      loss((name, term) => {
        kept[name] = tf.keep(term);
      }),
    weights.map(({ tensor }) => tensor),
  );
  const terms: Record<string, tf.Tensor> = {};
  for (const [name, term] of Object.entries(kept)) {
    terms[name] = tf.clone(term);
    term.dispose();
  }
  const gradsOf = (network: string): Tensors =>
    Object.fromEntries(
      weights.flatMap((weight, i) => (weight.network === network ? [[weight.name, grads[i] as tf.Tensor]] : [])),
    );
  const byNetwork = Object.fromEntries(Object.keys(networks).map((network) => [network, gradsOf(network)]));
  return { value, grads: byNetwork as Record<Network, Tensors>, terms };
}
