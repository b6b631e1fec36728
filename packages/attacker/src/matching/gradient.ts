/** The candidate's gradient, one term a parameter, from a watched forward and backward pass. */
import { softmaxCrossEntropy } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type Weights, weight } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { convSizes, formOf } from './cost.ts';
import { channelSums, filterGradients, linearGradients } from './explicit.ts';
import { type GhostConv, ghostConvs, ghostLinear } from './ghost.ts';
import { joinedNormTerms, type NormSums } from './norms.ts';
import type { MatchingProblem } from './problem.ts';
import { keptRows, keptTerm } from './rows.ts';
import type { Term } from './term.ts';
import {
  foldedNorm,
  type Watched,
  type WatchedConv,
  type WatchedLinear,
  type WatchedNorm,
  watchLayers,
} from './watch.ts';

export interface GradientOptions extends MatchingProblem {
  /** Parameters whose gradient must exist, whatever is cheaper. */
  readonly explicitNames: ReadonlySet<string>;
  /** Whether each parameter must have a term of its own. */
  readonly apart: boolean;
}

/** Entries of the largest weight gradient of a fully connected layer that is always built. */
const LARGEST_BUILT = 1 << 14;

interface Context extends GradientOptions {
  readonly theta: Weights;
  /** Of the candidates' loss, in each output that is watched. */
  readonly deltas: Deltas;
  /** Batch norms and ghost convolutions met so far, whose terms are made of all together. */
  readonly norms: NormSums[];
  readonly ghosts: GhostConv[];
  /** The intercepted updates, by parameter: [updates, ...]. */
  readonly y: Weights;
  /** Where only some rows are compared: their masks, by parameter: [updates, rows]. */
  readonly rowMasks: Weights | undefined;
}

/** Derivatives of a scalar, by the tensor in which. */
type Deltas = ReadonlyMap<tf.Tensor, tf.Tensor>;

/**
 * Derivatives of the scalar `f` in `first` and in tensors that `f` itself makes. tfjs reads the list of tensors to differentiate
 * by only after `f` has run, so that `f` may fill it: no zero "tap" need be added to each layer.
 */
function gradientsInside(f: (by: tf.Tensor[]) => tf.Tensor, first: tf.Tensor): Deltas {
  const by = [first];
  const { grads } = tf.engine().gradients(() => f(by), by);
  return new Map(by.map((tensor, i) => [tensor, grads[i] as tf.Tensor]));
}

/**
 * Terms of the gradient of each candidate's mean cross entropy, for images x [N batch, C, H, W], in the model's order. With `rows`, masks
 * [updates, rows] by parameter, those rows of it alone.
 */
export function gradientTerms(
  x: tf.Tensor,
  oneHot: tf.Tensor,
  theta: Weights,
  y: Weights,
  options: GradientOptions,
  rows?: Weights,
): Term[] {
  const { model, population, statistics = 'running', form = 'auto' } = options;
  // The batch's own statistics make each channel's deltas sum to zero: Gram matrices then cancel to few digits.
  const asked = form === 'auto' && statistics === 'batch' ? 'explicit' : form;
  const layers = watchLayers(theta, {
    statistics,
    form: (name, input, filter, window) =>
      options.explicitNames.has(`${name}.weight`)
        ? 'explicit'
        : formOf(asked, convSizes(input, filter, window, population)),
  });
  const batch = (x.shape[0] as number) / population;
  const deltas = gradientsInside((by) => {
    const { logits } = model.forward(layers, x);
    by.push(...layers.watched().flatMap(differentiated));
    return tf.div(tf.sum(softmaxCrossEntropy(logits, oneHot)), batch);
  }, x);
  const context: Context = { ...options, theta, y, rowMasks: rows, deltas, norms: [], ghosts: [] };
  const terms = layers.watched().flatMap((layer) => termsOf(layer, context));
  terms.push(...ghostTerms(context), ...joinedNormTerms(context.norms, theta, y, options.apart));
  layers.release();
  const ordered = inOrder(terms, model);
  if (rows === undefined) return ordered;
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  // Ghosts were made of the kept rows: they have no others.
  return ordered.map((term) => (term.kind === 'ghost' ? term : keptTerm(term, rows, shapes)));
}

/** Terms in the order of the model's parameters; every parameter must have one. */
function inOrder(terms: readonly Term[], model: MatchingProblem['model']): Term[] {
  const byName = new Map(terms.flatMap((term) => term.names.map((name) => [name, term])));
  const ordered = model.parameters.map(({ name }) => {
    const term = byName.get(name);
    if (term === undefined)
      throw new LeakscopeError('ATTACK_PARAMETER_UNMATCHED', { model: model.name, parameter: name });
    return term;
  });
  return [...new Set(ordered)];
}

/** The outputs of a layer that its terms need the gradient in. */
const differentiated = (layer: Watched): tf.Tensor[] =>
  layer.kind === 'conv' && layer.norm?.bare !== undefined ? [layer.output, layer.norm.bare] : [layer.output];

function termsOf(layer: Watched, context: Context): Term[] {
  const delta = context.deltas.get(layer.output) as tf.Tensor;
  switch (layer.kind) {
    case 'conv':
      return convTerms(layer, delta, context);
    case 'linear':
      return linearTerms(layer, delta, context);
    case 'norm':
      return normTerms(layer, delta, context);
    default:
      return layer satisfies never;
  }
}

/** A gradient [N, ...] with y's entries in y's order, as a term. */
const built = (name: string, gradient: tf.Tensor, { y }: Context): Term => ({
  kind: 'explicit',
  names: [name],
  gradient,
  y: weight(y, name),
});

/** gamma: sum delta . normal; beta: sum delta. */
function normTerms({ name, normal }: WatchedNorm, delta: tf.Tensor, context: Context): Term[] {
  return [
    built(`${name}.weight`, channelSums(tf.mul(delta, normal as tf.Tensor), context.population), context),
    built(`${name}.bias`, channelSums(delta, context.population), context),
  ];
}

function convTerms(conv: WatchedConv, delta: tf.Tensor, context: Context): Term[] {
  const { population, theta, y, deltas } = context;
  const name = `${conv.name}.weight`;
  const filter = weight(theta, name);
  const size = filter.shape[2] as number;
  const biasName = `${conv.name}.bias`;
  const bias = theta[biasName] === undefined ? [] : [built(biasName, channelSums(delta, population), context)];
  if (conv.form === 'explicit') {
    const gradient = filterGradients(conv.input, delta, size, conv.window, population);
    if (conv.norm === undefined) return [built(name, gradient, context), ...bias];
    return foldedTerms(conv.norm.name, name, gradient, delta, context);
  }
  const { norm } = conv;
  const ghost = { name, input: conv.input, y: weight(y, name), window: conv.window };
  const kept = (d: tf.Tensor): tf.Tensor =>
    context.rowMasks === undefined ? d : keptRows(d, context.rowMasks, name, population);
  if (norm === undefined) {
    context.ghosts.push({ ...ghost, delta: kept(delta) });
    return bias;
  }
  const bare = norm.bare as tf.Tensor;
  const along = channelSums(tf.mul(delta, bare), population);
  context.norms.push({ name: norm.name, along, beta: channelSums(delta, population) });
  // Of the pass itself, not delta times the scale once more: so all that is later added to it is scaled at once.
  context.ghosts.push({ ...ghost, delta: kept(deltas.get(bare) as tf.Tensor) });
  return [];
}

/** The ghost convolutions' term, or one for each. */
function ghostTerms({ ghosts, population, apart }: Context): Term[] {
  const groups = apart ? ghosts.map((conv) => [conv]) : ghosts.length === 0 ? [] : [ghosts];
  return groups.map((convs) => ({
    kind: 'ghost',
    names: convs.map(({ name }) => name),
    ...ghostConvs(convs, population),
    targets: convs.map(({ y }) => y),
  }));
}

/**
 * A convolution u = conv(a, scale w) + shift with folded batch norm and G = du's filter gradient: w's gradient is scale G, and
 * sum(du . conv(a, w)) is <G, w> per channel, so that batch norm's share needs no pass over activations.
 */
function foldedTerms(norm: string, name: string, gradient: tf.Tensor, delta: tf.Tensor, context: Context): Term[] {
  const { population, theta } = context;
  const filter = weight(theta, name);
  const [outputs] = filter.shape as [number];
  const rows = tf.reshape(gradient, [population, outputs, -1]);
  const along = tf.sum(tf.mul(rows, tf.reshape(filter, [1, outputs, -1])), 2, true);
  const sums = [population, outputs, 1, 1];
  context.norms.push({ name: norm, along: tf.reshape(along, sums), beta: channelSums(delta, population) });
  const scale = tf.reshape(foldedNorm(theta, norm).scale, [1, outputs, 1]);
  return [built(name, tf.mul(rows, scale), context)];
}

function linearTerms(layer: WatchedLinear, delta: tf.Tensor, context: Context): Term[] {
  const { population, theta, y, form = 'auto', explicitNames } = context;
  const name = `${layer.name}.weight`;
  const bias = `${layer.name}.bias`;
  const target = weight(y, name);
  // A head of few classes is smaller than the activations: nothing is saved by not building it.
  const cheaper = weight(theta, name).size <= LARGEST_BUILT ? 'explicit' : 'ghost';
  const input =
    context.rowMasks === undefined ? layer.input : keptRows(layer.input, context.rowMasks, name, population);
  const asGhost = !explicitNames.has(name) && (form === 'auto' ? cheaper : form) === 'ghost';
  return [
    asGhost
      ? { kind: 'ghost', names: [name], ...ghostLinear(input, delta, target, population), targets: [target] }
      : built(name, linearGradients(layer.input, delta, population), context),
    ...(theta[bias] === undefined ? [] : [built(bias, channelSums(delta, population), context)]),
  ];
}
