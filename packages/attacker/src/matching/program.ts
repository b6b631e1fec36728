/** The matching step as one tensor program: candidates in, their losses and the gradients in what is searched out. */

import { IDENTITY, type Transform } from '@leakscope/defenses';
import { compile, type Program } from '@leakscope/engine';
import { gradients, logSoftmax } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { evalLayers, type Weights } from '@leakscope/models';
import { type NamedTensors, sizeOf, tensor } from '@leakscope/shared/tensors';
import { type Chosen, signatureOfPart } from '../contract/part.ts';
import { type Comparison, compare } from './compare.ts';
import { gradientTerms } from './gradient.ts';
import { normInputs } from './norm-inputs.ts';
import { imagesOf, type MatchingProblem, updatesOf } from './problem.ts';
import type { Regulariser } from './regularisers/regulariser.ts';
import { keptOf, rowSpecs } from './rows.ts';
import { actsApart, boundTensors, explicitNames, signatureOf, transformed } from './transform.ts';

/** What one evaluation gives, each [population] but `grad`. */
export interface MatchingOutputs<T> {
  /** match + weight x regulariser. */
  readonly loss: T;
  /** The distance of the gradients alone. */
  readonly match: T;
  /** ||T(g)||^2 and <T(g), y>. */
  readonly g_sq: T;
  readonly g_dot_y: T;
  /** Derivative of each candidate's loss in its own input, in the input's shape; absent with `valueOnly`. */
  readonly grad?: T;
}

/** Name of the program's searched input. */
export const searchedInput = (problem: MatchingProblem): 'x' | 'z' => (problem.generator === null ? 'x' : 'z');

/** Shape of what is searched: latents [images, k], pixels [images, C, H, W], or pixels and logits [images, C H W + classes]. */
export function searchedShape(problem: MatchingProblem): number[] {
  const { model, generator } = problem;
  if (problem.labels === 'searched') return [imagesOf(problem), sizeOf(model.inputShape) + model.classes];
  return generator === null ? [imagesOf(problem), ...model.inputShape] : [imagesOf(problem), generator.latent];
}

/** Everything that changes the graph. */
export function programName(problem: MatchingProblem): string {
  const { model, generator, objective, regularisers = [], form = 'auto', statistics = 'running' } = problem;
  return [
    'match',
    `${model.name}-${model.classes}-${model.inputShape.join('x')}`,
    generator?.name ?? 'pixels',
    `${problem.population}x${problem.batch ?? 1}`,
    signatureOfPart(objective),
    `${updatesOf(problem)}x${signatureOf(transformOf(problem))}`,
    form,
    regularisers.map(signatureOfPart).join('+') || 'none',
    statistics,
    problem.valueOnly ? 'value' : 'gradient',
    ...(problem.rows ? ['rows'] : []),
    ...(problem.labels === 'searched' ? ['labels'] : []),
  ].join('/');
}

/** The transform whose signature all share. */
const transformOf = ({ transforms = [] }: MatchingProblem): Transform => transforms[0] ?? IDENTITY;

/** The comparison with each candidate's loss, [N]. */
interface Evaluation extends Comparison {
  readonly loss: tf.Tensor;
}

const shapesOf = (problem: MatchingProblem): ReadonlyMap<string, readonly number[]> =>
  new Map(problem.model.parameters.map(({ name, shape }) => [name, shape]));

/** The entries of `all` under a prefix, without it. */
const under = (prefix: string, all: Weights): Weights =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])),
  );

/** The entries of `all` under a prefix, without it, as [updates, ...]. */
function eachUpdates(prefix: string, all: Weights, problem: MatchingProblem): Weights {
  const own = under(prefix, all);
  if (updatesOf(problem) > 1) return own;
  return Object.fromEntries(Object.entries(own).map(([name, x]) => [name, tf.expandDims(x)]));
}

/**
 * The matching step as a pure tensor function of `z` or `x`, `label` (one-hot, [images, classes]) and the bound tensors of
 * `matchingTensors`.
 */
function matchingStep(problem: MatchingProblem, tensors: Weights): MatchingOutputs<tf.Tensor> {
  const { generator, objective } = problem;
  const transform = transformOf(problem);
  const theta = under('theta/', tensors);
  const prior = under('generator/', tensors);
  const y = eachUpdates('y/', tensors, problem);
  const views = eachUpdates('transform/', tensors, problem);
  const rows = problem.rows ? eachUpdates('rows/', tensors, problem) : undefined;
  const shapes = shapesOf(problem);
  const explicit = explicitNames(transform, [...shapes.keys()]);

  function drawn(searched: tf.Tensor): { images: tf.Tensor; label: tf.Tensor } {
    if (problem.labels === 'searched') return pixelsAndLabels(searched, problem);
    const images = generator === null ? searched : generator.forward(evalLayers(prior), searched);
    return { images, label: tensors.label as tf.Tensor };
  }

  function evaluate(searched: tf.Tensor): Evaluation {
    const { images, label } = drawn(searched);
    const apart = actsApart(transform) || objective.part.asks === 'per-tensor';
    const options = { ...problem, explicitNames: explicit, apart };
    const terms = gradientTerms(images, label, theta, y, options, rows);
    const comparison = compare(transformed(terms, transform, views, shapes), objective);
    return { ...comparison, loss: regularised(comparison.match, { searched, images, theta }, problem) };
  }

  const searched = tensors[searchedInput(problem)] as tf.Tensor;
  if (problem.valueOnly) {
    const { match, square, dot, loss } = evaluate(searched);
    return { loss, match, g_sq: square, g_dot_y: dot };
  }
  const { grads, aux } = gradients(
    (candidate) => {
      const { loss: total, match, square, dot } = evaluate(candidate as tf.Tensor);
      // Half of the loss: the derivatives of squares then carry no factor 2 through the whole network.
      return { value: tf.mul(tf.sum(total), 0.5), aux: { loss: total, match, g_sq: square, g_dot_y: dot } };
    },
    [searched],
  );
  return { ...(aux as unknown as MatchingOutputs<tf.Tensor>), grad: tf.mul(grads[0] as tf.Tensor, 2) };
}

/** Images and soft labels that are searched together (Zhu et al. 2019). */
function pixelsAndLabels(searched: tf.Tensor, { model }: MatchingProblem): { images: tf.Tensor; label: tf.Tensor } {
  const [images] = searched.shape as [number];
  const size = sizeOf(model.inputShape);
  return {
    images: tf.reshape(tf.slice(searched, [0, 0], [images, size]), [images, ...model.inputShape]),
    label: tf.exp(logSoftmax(tf.slice(searched, [0, size], [images, model.classes]))),
  };
}

/** What penalties are given. */
interface Penalised {
  readonly searched: tf.Tensor;
  readonly images: tf.Tensor;
  readonly theta: Weights;
}

/** match + the sum of weight x penalty, [N]. */
function regularised(match: tf.Tensor, given: Penalised, problem: MatchingProblem): tf.Tensor {
  const { population, regularisers = [] } = problem;
  return regularisers.reduce((loss, one) => {
    const value = penaltyOf(one, given, problem);
    if (value === undefined) return loss;
    const pull = tf.sum(tf.reshape(value, [population, -1]), 1);
    return tf.add(loss, tf.mul(pull, one.part.penalty?.weight(one.params) ?? 0));
  }, match);
}

/** Of each image or candidate; undefined where there is nothing to penalise. */
function penaltyOf(
  { part: { penalty }, params }: Chosen<Regulariser>,
  { searched, images, theta }: Penalised,
  problem: MatchingProblem,
): tf.Tensor | undefined {
  switch (penalty?.of) {
    case undefined:
      return undefined;
    case 'images':
      return penalty.value(images, params);
    case 'latents':
      return problem.generator === null ? undefined : penalty.value(searched, params);
    case 'norm-inputs': {
      const norms = normInputs(images, theta, problem);
      return norms.length === 0 ? undefined : penalty.value(norms, params);
    }
    default:
      return penalty satisfies never;
  }
}

/** What an attack knows and the program binds: the model, the intercepted updates, the prior. */
export interface MatchingKnowledge {
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  /** y of each update, one tensor a parameter; as many as the problem has transforms. */
  readonly updates: readonly NamedTensors[];
  readonly generatorWeights?: NamedTensors;
  /** With `MatchingProblem.rows`: which rows of each update are compared. */
  readonly rows?: readonly NamedTensors[];
}

/** The tensors to bind, by the program's names. */
export function matchingTensors(problem: MatchingProblem, knowledge: MatchingKnowledge): NamedTensors {
  const prefixed = (prefix: string, tensors: NamedTensors): NamedTensors =>
    new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
  const views = (problem.transforms ?? [IDENTITY]).map(
    (transform): NamedTensors =>
      new Map(
        boundTensors(transform, shapesOf(problem)).map(({ name, shape, values }) => [name, tensor(shape, values())]),
      ),
  );
  const { updates } = knowledge;
  const rows = problem.rows ? (knowledge.rows ?? []) : undefined;
  return new Map([
    ...prefixed('theta/', knowledge.weights),
    ...prefixed(
      'y/',
      stacked(rows === undefined ? updates : updates.map((y, i) => keptOf(y, rows[i] as NamedTensors))),
    ),
    ...prefixed('rows/', stacked(rows ?? [])),
    ...prefixed('generator/', knowledge.generatorWeights ?? new Map()),
    ...stacked(views),
  ]);
}

/** Tensors of the same names and shapes one after another, [updates, ...]; a single update's as they are. */
function stacked(updates: readonly NamedTensors[]): NamedTensors {
  const [first = new Map() as NamedTensors] = updates;
  if (updates.length === 1) return first;
  return new Map(
    [...first].map(([name, { shape, data }]) => {
      const values = new Float32Array(updates.length * data.length);
      for (const [i, update] of updates.entries()) {
        const own = update.get(name)?.data;
        if (own?.length !== data.length) throw new TypeError(`update ${i} has another ${name} than the first`);
        values.set(own, i * data.length);
      }
      return [name, { shape: [updates.length, ...shape], data: values }];
    }),
  );
}

/** Compiles the matching step; programs are cached by name and shapes, so that a second update costs no compilation. */
export function matchingProgram(problem: MatchingProblem): Program {
  const { model, generator } = problem;
  const updates = updatesOf(problem);
  const named = (
    prefix: string,
    specs: readonly { name: string; shape: readonly number[] }[],
  ): [string, readonly number[]][] => specs.map(({ name, shape }) => [prefix + name, shape]);
  const each: typeof named = (prefix, specs) =>
    updates === 1
      ? named(prefix, specs)
      : named(
          prefix,
          specs.map(({ name, shape }) => ({ name, shape: [updates, ...shape] })),
        );
  return compile({
    name: programName(problem),
    inputs: {
      [searchedInput(problem)]: searchedShape(problem),
      ...(problem.labels === 'searched' ? {} : { label: [imagesOf(problem), model.classes] }),
    },
    bound: Object.fromEntries([
      ...named('theta/', [...model.parameters, ...model.buffers]),
      ...each('y/', model.parameters),
      ...named('generator/', generator === null ? [] : [...generator.parameters, ...generator.buffers]),
      ...each('', boundTensors(transformOf(problem), shapesOf(problem))),
      ...each('rows/', problem.rows ? rowSpecs(model) : []),
    ]),
    fn: (tensors: Weights) => ({ outputs: { ...matchingStep(problem, tensors) } }),
  });
}
