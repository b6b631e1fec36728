/** Which defence an update went through, found in the update alone: nothing is told but the shared weights. */
import {
  clip,
  estimateClip,
  estimateSparsity,
  liveColumns,
  sequence,
  soteria,
  sparsify,
  type Transform,
} from '@leakscope/defenses';
import { BATCH_NORM_EPSILON, type Classifier } from '@leakscope/models';
import type { DefenseEstimate } from '@leakscope/shared/reconstruction';
import { globalNorm, type NamedTensors, sizeOf, squaredNorm } from '@leakscope/shared/tensors';
import { headGradient, headProbabilities, leakedFeatures, required } from './head.ts';
import { rowSums } from './labels.ts';

export interface DefenseEvidence {
  readonly model: Classifier;
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  /** y, as a gradient. */
  readonly gradient: NamedTensors;
  readonly batchSize: number;
}

/** Smallest dropped share that is taken for sparsification. */
const LEAST_SPARSITY = 0.02;
/** Smallest share of the update's norm that is taken for noise; the rounding of fp16 stays below. */
const LEAST_NOISE = 0.05;
/** Largest factor that is taken for clipping. */
const LARGEST_FACTOR = 0.98;

/**
 * Looks for sparsification, noise, Soteria and clipping, in this order, each by a trace that an undefended update cannot
 * leave; what hides the next trace ends the search. The transform is what each defence's own `attackerView` estimates.
 */
export function inferDefense(evidence: DefenseEvidence): { estimate: DefenseEstimate; transform: Transform } {
  const { model, gradient } = evidence;
  const fraction = estimateSparsity(gradient);
  if (fraction >= LEAST_SPARSITY) {
    return { estimate: { sparsify: { fraction } }, transform: sparsify.attackerView(gradient, 'estimated') };
  }
  const layers = scaleConsistency(evidence);
  const sigma = noiseLevel(layers);
  const entries = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (sigma * Math.sqrt(entries) > LEAST_NOISE * globalNorm(gradient)) {
    // Under noise no mask can be seen, and no norm.
    return { estimate: { noise: { sigma } }, transform: { kind: 'identity' } };
  }
  const masked = maskedFeatures(evidence);
  const bound = findClip(evidence, layers, masked > 0);
  const views: Transform[] = [];
  if (masked > 0) views.push(soteria.attackerView(gradient, { oracle: soteriaParams(model) }));
  if (bound !== undefined) views.push(clip.attackerView(gradient, { oracle: bound }));
  return {
    estimate: {
      ...(masked > 0 ? { soteria: { fraction: masked / model.featureCount } } : {}),
      ...(bound === undefined ? {} : { clip: bound }),
    },
    transform: sequence(views),
  };
}

/** The mask is read off the columns; only the tensor's name matters here. */
const soteriaParams = (model: Classifier) => ({
  fraction: 0,
  score: 'sensitivity' as const,
  tensor: `${model.head}.weight`,
});

/** One convolution and the batch norm behind it: does <w, dL/dw> agree with what the batch norm's gradients say it is? */
interface LayerScale {
  readonly conv: string;
  /** Least-squares factor between the two sides over the output channels: 1 where neither tensor was scaled. */
  readonly factor: number;
  /** Sum over channels of the squared rest, and the sum that unit noise on every entry would leave. */
  readonly rest: number;
  readonly unit: number;
}

/**
 * With running statistics, for each output channel o: <w_o, dL/dw_o> = γ_o (dL/dγ_o + μ_o / s_o · dL/dβ_o), s² = var + ε,
 * since the convolution is linear in w and the batch norm affine in the convolution. Holds for any batch and any loss.
 */
function scaleConsistency({ model, weights, gradient }: DefenseEvidence): LayerScale[] {
  const found: LayerScale[] = [];
  for (const [i, conv] of model.parameters.entries()) {
    // PyTorch lists a batch norm right behind its convolution.
    const [gamma, beta] = [model.parameters[i + 1], model.parameters[i + 2]];
    if (conv.role !== 'conv' || gamma?.role !== 'norm-weight' || beta?.role !== 'norm-bias') continue;
    const norm = gamma.name.replace(/\.weight$/, '');
    const w = required(weights, conv.name).data;
    const gw = required(gradient, conv.name).data;
    const channels = gamma.shape[0] as number;
    const patch = w.length / channels;
    let [cross, square, own, unitLeft, unitRight] = [0, 0, 0, 0, 0];
    for (let o = 0; o < channels; o++) {
      let [left, size] = [0, 0];
      for (let k = o * patch; k < (o + 1) * patch; k++) {
        left += (w[k] as number) * (gw[k] as number);
        size += (w[k] as number) ** 2;
      }
      const at = (tensors: NamedTensors, name: string) => required(tensors, name).data[o] as number;
      const scale = at(weights, gamma.name);
      const shift =
        at(weights, `${norm}.running_mean`) / Math.sqrt(at(weights, `${norm}.running_var`) + BATCH_NORM_EPSILON);
      const right = scale * (at(gradient, gamma.name) + shift * at(gradient, beta.name));
      cross += left * right;
      square += right * right;
      own += left * left;
      unitLeft += size;
      unitRight += scale ** 2 * (1 + shift ** 2);
    }
    const factor = square > 0 ? cross / square : 1;
    const rest = Math.max(0, own - 2 * factor * cross + factor ** 2 * square);
    found.push({ conv: conv.name, factor, rest, unit: unitLeft + factor ** 2 * unitRight });
  }
  return found;
}

/** Standard deviation of the noise that explains what the layers' two sides differ by: the median over layers. 0 without layers. */
function noiseLevel(layers: readonly LayerScale[]): number {
  const levels = layers.map(({ rest, unit }) => (unit > 0 ? Math.sqrt(rest / unit) : 0)).sort((a, b) => a - b);
  return levels[Math.floor(levels.length / 2)] ?? 0;
}

/** Features whose column in the head's gradient is zero although the gradient behind them is not: 0 unless Soteria was there. */
function maskedFeatures({ model, gradient }: DefenseEvidence): number {
  const keep = liveColumns(required(gradient, `${model.head}.weight`));
  // A feature that is dead for every example passes nothing to the bias of the batch norm that made it.
  const last = model.parameters.findLast(({ role, shape }) => role === 'norm-bias' && shape[0] === model.featureCount);
  const behind = last === undefined ? undefined : required(gradient, last.name).data;
  const masked = keep.filter((live, i) => live === 0 && behind?.[i] !== 0).length;
  const zeroed = keep.filter((live) => live === 0).length;
  return masked > 0 ? zeroed : 0;
}

/** Layer clipping shows in equal norms, or in the factor of a convolution; global clipping in the scale of the head's bias. */
function findClip(
  evidence: DefenseEvidence,
  layers: readonly LayerScale[],
  featuresMasked: boolean,
): (DefenseEstimate['clip'] & { scope: 'global' | 'layer'; bound: number }) | undefined {
  const { gradient, batchSize } = evidence;
  const observed = estimateClip(gradient);
  if (observed.scope === 'layer') return observed;
  const norms = [...gradient].map(([name, { data }]) => ({ name, norm: Math.sqrt(squaredNorm(data)) }));
  const largest = norms.reduce((a, b) => (b.norm > a.norm ? b : a));
  const scaled = layers.find(({ conv }) => conv === largest.name);
  if (scaled !== undefined && scaled.factor < LARGEST_FACTOR) return { scope: 'layer', bound: largest.norm };
  if (batchSize > 1 || featuresMasked) return undefined;
  const factor = headFactor(evidence);
  return factor !== undefined && factor < LARGEST_FACTOR
    ? { scope: 'global', bound: observed.bound, factor }
    : undefined;
}

/**
 * The factor on a one-example update: its features do not depend on it, so softmax(W r + b) - onehot is what the bias's
 * gradient should be. Undefined where the update does not fit that at any scale.
 */
function headFactor({ model, weights, gradient }: DefenseEvidence): number | undefined {
  const head = headGradient(model, gradient);
  const features = leakedFeatures(model, head);
  if (features === undefined) return undefined;
  const sums = rowSums(head.weight, model.featureCount);
  const label = sums.indexOf(Math.min(...sums));
  const expected = headProbabilities(model, weights, features).map((p, c) => p - (c === label ? 1 : 0));
  const cross = expected.reduce((sum, value, c) => sum + value * (head.bias[c] as number), 0);
  const square = expected.reduce((sum, value) => sum + value * value, 0);
  const own = head.bias.reduce((sum, value) => sum + value * value, 0);
  const explained = square > 0 && own > 0 ? cross ** 2 / (square * own) : 0;
  return explained > 0.999 ? cross / square : undefined;
}
