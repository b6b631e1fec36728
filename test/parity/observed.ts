/** What a client of the fixture computes: one pass at the fixture's image, and the gradient y that an attacker intercepts. */
import type { ExecutorName } from '@leakscope/engine';
import { logSumExp } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import { type Classifier, lossAndGradient } from '@leakscope/models';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { prefixed, run, under } from './executors.ts';
import type { Stem } from './networks.ts';

export interface Observed {
  readonly loss: number;
  readonly logits: Float32Array;
  readonly logsumexp: number;
  readonly features: Float32Array;
  readonly y: NamedTensors;
}

/** Outputs of a program, back as the model's tensors. */
export function gradientOf(model: Classifier, outputs: Readonly<Record<string, Float32Array>>): NamedTensors {
  const values = under('y/', outputs);
  return new Map(
    model.parameters.map(({ name, shape }) => [name, { shape, data: values[name] ?? new Float32Array() }]),
  );
}

/** One pass in eval mode. */
export async function observe(
  executor: ExecutorName,
  { name, model, weights, image, oneHot }: Stem,
): Promise<Observed> {
  const tensors = { ...prefixed('theta/', weights), image, oneHot };
  const outputs = await run(executor, `observe/${name}`, tensors, (values) => {
    const pass = lossAndGradient(
      model,
      under('theta/', values),
      values.image as tf.Tensor,
      values.oneHot as tf.Tensor,
      'eval',
    );
    const { loss, logits, features, gradient } = pass;
    return { loss, logits, features, logsumexp: logSumExp(logits), ...withPrefix('y/', gradient) };
  });
  const { loss, logits, logsumexp, features } = outputs as Record<
    'loss' | 'logits' | 'logsumexp' | 'features',
    Float32Array
  >;
  return {
    loss: loss[0] as number,
    logits,
    logsumexp: logsumexp[0] as number,
    features,
    y: gradientOf(model, outputs),
  };
}

/** `tensors` with every name under `prefix`. */
export function withPrefix<T>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}
