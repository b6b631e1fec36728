/**
 * Gradient matching written out: build the candidate's gradient, compare it, differentiate through all of it. Plain
 * second-order tfjs, on purpose: it checks the engine, and the attacker's own matching is checked against the same numbers.
 */
import type { ExecutorName } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { evalLayers, type Generator, lossAndGradient } from '@leakscope/models';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { type Bindings, prefixed, run, under } from './executors.ts';
import { type Stem, tensorOf, wgan } from './networks.ts';

/** One tensor per parameter. */
export type Gradient = Readonly<Record<string, tf.Tensor>>;
/** A distance of a candidate's gradient g from the observed y, over whatever else is bound. */
export type ObjectiveOf = (g: Gradient, y: Gradient, bound: Readonly<Record<string, tf.Tensor>>) => tf.Tensor;

/** Where the fixture's search begins: a latent and the generator, or pixels. */
export interface Start {
  readonly tensor: Tensor;
  readonly generator: Generator | null;
  readonly weights: NamedTensors;
}

export function startOf({ section }: Stem): Start {
  const { kind, k, shape } = section.matching.start;
  if (kind === 'image') return { tensor: tensorOf(k, shape, { kind: 'img' }), generator: null, weights: new Map() };
  const { model, weights } = wgan();
  return { tensor: tensorOf(k, shape), generator: model, weights };
}

function pairwise(f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): (g: Gradient, y: Gradient) => tf.Tensor {
  return (g, y) => tf.addN(Object.entries(g).map(([name, tensor]) => tf.sum(f(tensor, y[name] as tf.Tensor))));
}

/** <g, y> over all tensors. */
export const dot = pairwise(tf.mul);
/** ||g - y||² over all tensors. */
export const squaredDistance = pairwise(tf.squaredDifference);

export const OBJECTIVES = {
  l2_sum: squaredDistance,
  l2_mean: (g, y) => tf.div(squaredDistance(g, y), Object.keys(g).length),
  cosine: (g, y) => tf.sub(1, tf.div(dot(g, y), tf.sqrt(tf.mul(dot(g, g), dot(y, y))))),
} satisfies Record<string, ObjectiveOf>;

export interface Matched {
  readonly candidate: Float32Array;
  /** ||g_l||² and <g_l, y_l> of each tensor, in the model's order. */
  readonly gSquare: Float32Array;
  readonly gDotY: Float32Array;
  readonly value: number;
  /** Derivative in the latent or the pixels. */
  readonly grad: Float32Array;
}

/** One objective, named `title`, at the fixture's starting point; `more` is bound beside the model and y. */
export async function matchExplicitly(
  executor: ExecutorName,
  stem: Stem,
  y: NamedTensors,
  [title, objective]: readonly [title: string, objective: ObjectiveOf],
  more: Bindings = {},
): Promise<Matched> {
  const { model, weights, oneHot, name } = stem;
  const start = startOf(stem);
  const bound = {
    ...prefixed('theta/', weights),
    ...prefixed('prior/', start.weights),
    ...prefixed('y/', y),
    ...more,
    start: start.tensor,
    oneHot,
  };
  const outputs = await run(executor, `match/${name}/${title}`, bound, (tensors) => {
    const theta = under('theta/', tensors);
    const target = under('y/', tensors);
    const { value, grads, aux } = gradients(
      (searched) => {
        const latent = searched as tf.Tensor;
        const image = start.generator?.forward(evalLayers(under('prior/', tensors)), latent) ?? latent;
        const { gradient } = lossAndGradient(model, theta, image, tensors.oneHot as tf.Tensor, 'eval');
        const perTensor = (f: (g: tf.Tensor, y: tf.Tensor) => tf.Tensor): tf.Tensor =>
          tf.stack(Object.entries(gradient).map(([of, g]) => tf.sum(f(g, target[of] as tf.Tensor))));
        return {
          value: objective(gradient, target, tensors),
          aux: { candidate: image, gSquare: perTensor(tf.square), gDotY: perTensor(tf.mul) },
        };
      },
      [tensors.start as tf.Tensor],
    );
    return { value, grad: grads[0] as tf.Tensor, ...aux };
  });
  const output = (key: string): Float32Array => outputs[key] ?? new Float32Array();
  return {
    candidate: output('candidate'),
    gSquare: output('gSquare'),
    gDotY: output('gDotY'),
    value: output('value')[0] ?? Number.NaN,
    grad: output('grad'),
  };
}
