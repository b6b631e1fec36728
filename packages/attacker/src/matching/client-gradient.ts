/** `leakscope gradient`: the gradient that a FedSGD client with these images would upload, before any defence. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type Classifier, checkWeights, lossAndGradient, type Mode } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type NamedTensors, sizeOf, tensor, valuesByName } from '@leakscope/shared/tensors';

export interface GradientOptions {
  readonly model: Classifier;
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  /** One batch, CHW in [-1, 1]. */
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[];
  /** Default `eval`: running batch-norm statistics. */
  readonly mode?: Mode;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

export interface GradientResult {
  /** Of the mean cross entropy, by parameter name in PyTorch's order. */
  readonly gradient: NamedTensors;
  readonly loss: number;
  /** [images × classes]. */
  readonly logits: Float32Array;
}

/** @throws TENSORS_SHAPE_MISMATCH (an image of another size), ATTACK_PARAMETER_INVALID (a label), what `checkWeights` throws */
export async function computeGradient(options: GradientOptions): Promise<GradientResult> {
  const { model, images, labels, mode = 'eval', executor, threads } = options;
  const weights = checkWeights(model, options.weights);
  const count = images.length;
  const size = sizeOf(model.inputShape);
  const x = new Float32Array(count * size);
  const oneHot = oneHotRows(labels, count, model.classes);
  for (const [i, image] of images.entries()) {
    if (image.length !== size) {
      const details = { tensor: `image ${i}`, expected: model.inputShape, actual: [image.length] };
      throw new LeakscopeError('TENSORS_SHAPE_MISMATCH', details);
    }
    x.set(image, i * size);
  }
  const program = compile({
    name: `gradient/${model.name}/${mode}`,
    inputs: { x: [count, ...model.inputShape], oneHot: [count, model.classes] },
    bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    fn: (tensors) => {
      const { x: batch, oneHot: target } = tensors as { x: tf.Tensor; oneHot: tf.Tensor };
      const { loss, logits, gradient } = lossAndGradient(model, tensors, batch, target, mode);
      return { outputs: { loss, logits, ...prefixed(gradient) } };
    },
  });
  const session = await openSession(program, {
    bound: valuesByName(weights),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    const { loss, logits, ...rest } = (await session.run({ x, oneHot })) as {
      loss: Float32Array;
      logits: Float32Array;
    };
    const values = rest as Record<string, Float32Array>;
    const gradient: NamedTensors = new Map(
      model.parameters.map(({ name, shape }) => [name, tensor(shape, values[`d/${name}`])]),
    );
    return { gradient, loss: loss[0] as number, logits };
  } finally {
    await session.release();
  }
}

/** [count × classes]. @throws ATTACK_PARAMETER_INVALID */
export function oneHotRows(labels: readonly number[], count: number, classes: number): Float32Array {
  const refuse = (value: unknown, reason: string) =>
    new LeakscopeError('ATTACK_PARAMETER_INVALID', { attack: 'gradient', field: 'labels', value, reason });
  if (labels.length !== count) throw refuse(labels, `${count} are needed, one an image`);
  const rows = new Float32Array(count * classes);
  for (const [i, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes) throw refuse(label, `not one of ${classes} classes`);
    rows[i * classes + label] = 1;
  }
  return rows;
}

/** Parameter names may not collide with the other outputs. */
function prefixed(gradient: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(gradient).map(([name, value]) => [`d/${name}`, value]));
}
