/** From an intercepted update to what an attack works on: a gradient, its labels, and the transform to compare through. */
import { IDENTITY, sequence, type Transform } from '@leakscope/defenses';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, checkWeights } from '@leakscope/models';
import type { Estimates, LabelEstimate } from '@leakscope/shared/reconstruction';
import { checkFinite, checkShapes, type NamedTensors, type Tensor } from '@leakscope/shared/tensors';
import type { AttackInput } from '../contract/attack.ts';
import { gradientScale } from '../contract/update.ts';
import { inferDefense } from './defense.ts';
import { inferLabels } from './labels.ts';

export interface InterceptedGradient {
  readonly model: Classifier;
  /** Parameters and buffers, in the model's order. */
  readonly weights: NamedTensors;
  /** y, scaled to a gradient; one tensor a parameter, in the model's order. */
  readonly gradient: NamedTensors;
  readonly labels: readonly number[];
  readonly transform: Transform;
  /** Standard deviation of noise on each entry, as estimated; 0 where none was found, or the attacker takes no defence into account. */
  readonly noise: number;
  readonly estimates: Estimates;
}

/**
 * Reads an update as the threat model allows.
 * @throws ATTACK_REFUSED, TENSORS_MISSING, TENSORS_SHAPE_MISMATCH, TENSORS_NOT_FINITE
 */
export function readUpdate(attack: string, { update, threat, oracle }: AttackInput): InterceptedGradient {
  const scale = gradientScale(attack, update);
  const { model } = update;
  const weights = checkWeights(model, update.weights);
  const y = parametersOf(model, update.update);
  const gradient = scaled(y, scale.factor);
  const evidence = { model, weights, gradient, batchSize: update.batchSize };

  // Noise is looked for whatever the threat model says of the defence: only the confidence in the labels depends on it.
  const found = inferDefense(evidence);
  const labels: LabelEstimate =
    oracle?.labels === undefined
      ? inferLabels({ ...evidence, sigma: found.estimate.noise?.sigma ?? 0 })
      : { values: [...oracle.labels].sort((a, b) => a - b), source: 'known', confidence: 1 };

  const transform: Record<typeof threat.defense, () => Transform> = {
    blind: () => IDENTITY,
    estimated: () => found.transform,
    oracle: () => rescaled(oracle?.defense?.attackerView(y, 'oracle') ?? IDENTITY, Math.abs(scale.factor)),
  };
  return {
    model,
    weights,
    gradient,
    labels: labels.values,
    transform: transform[threat.defense](),
    noise: threat.defense === 'blind' ? 0 : (found.estimate.noise?.sigma ?? 0),
    estimates: {
      labels,
      ...(threat.defense === 'estimated' ? { defense: found.estimate } : {}),
      gradient: scale.exact ? 'exact' : 'approximate',
    },
  };
}

/** The model's parameters in its order; changes of buffers that a train-mode client adds are left out. */
function parametersOf(model: Classifier, update: NamedTensors): NamedTensors {
  const names = new Set(model.parameters.map(({ name }) => name));
  const parameters: NamedTensors = new Map([...update].filter(([name]) => names.has(name)));
  checkShapes(parameters, model.parameters);
  checkFinite(parameters);
  return new Map(model.parameters.map(({ name }) => [name, parameters.get(name) as Tensor]));
}

function scaled(tensors: NamedTensors, factor: number): NamedTensors {
  if (factor === 1) return tensors;
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v * factor) }]));
}

/** The transform T as it acts on gradients when it was T on updates `1 / factor` as large: bounds scale, masks do not. */
function rescaled(transform: Transform, factor: number): Transform {
  if (factor === 1) return transform;
  switch (transform.kind) {
    case 'scale-to-norm': {
      const { scope, bounds } = transform;
      if (scope === 'global') return { kind: 'scale-to-norm', scope, bounds: bounds * factor };
      if (typeof bounds === 'number') return { kind: 'scale-to-norm', scope, bounds: bounds * factor };
      const each = Object.entries(bounds).map(([name, bound]): [string, number] => [name, bound * factor]);
      return { kind: 'scale-to-norm', scope, bounds: Object.fromEntries(each) };
    }
    case 'sequence':
      return sequence(transform.steps.map((step) => rescaled(step, factor)));
    case 'function': {
      const scale = (gradient: Parameters<typeof transform.apply>[0], by: number) =>
        Object.fromEntries(Object.entries(gradient).map(([name, value]) => [name, tf.mul(value, by)]));
      return {
        kind: 'function',
        name: `${transform.name}*${factor}`,
        apply: (gradient) => scale(transform.apply(scale(gradient, 1 / factor)), factor),
      };
    }
    case 'identity':
    case 'mask':
    case 'columns':
      return transform;
    default:
      return transform satisfies never;
  }
}
