/**
 * Differential privacy: each unit's part of the update is clipped, and Gaussian noise covers what one unit can change. The unit is an
 * example (`dp`, which is DP-SGD: Abadi et al. 2016) or all that the client holds (`dp-client`).
 */
import { type Exposure, gaussianEpsilon, type PrivacyClaim, sampledGaussianEpsilon } from '@leakscope/shared/privacy';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type DefenseContext, defineDefense, type Knowledge } from './defense.ts';
import { noise } from './noise.ts';
import { applyTransform, IDENTITY, type Transform } from './transform.ts';

const params = z.strictObject({
  /** Largest L2 norm of one unit's part. */
  bound: z.number().finite().positive(),
  /** Deviation of the noise on the sum of the parts, in units of `bound`. */
  noiseMultiplier: z.number().finite().nonnegative(),
  /** The delta at which epsilon is claimed. */
  delta: z.number().positive().lt(1).default(1e-5),
});

type Params = z.output<typeof params>;

export const dp = defineDefense({
  name: 'dp',
  summary: 'DP-SGD: clip each example to bound, add noise of noiseMultiplier times bound to their sum',
  params,
  hook: 'step',
  perExample: (gradient, { bound }) => clipped(gradient, bound),
  apply: (mean, given, context) => noised(mean, given, context.examples ?? 1, context),
  attackerView,
  claim: (given, exposure) => claim('example', given, exposure),
});

export const dpClient = defineDefense({
  name: 'dp-client',
  summary: "clip the client's whole update to bound, add noise of noiseMultiplier times bound to it",
  params,
  hook: 'update',
  apply: (update, given, context) => noised(clipped(update, given.bound), given, 1, context),
  attackerView,
  claim: (given, exposure) => claim('client', given, exposure),
});

function clipped(update: NamedTensors, bound: number): NamedTensors {
  return applyTransform(update, { kind: 'scale-to-norm', scope: 'global', bounds: bound });
}

function noised(
  mean: NamedTensors,
  { bound, noiseMultiplier }: Params,
  units: number,
  context: DefenseContext,
): NamedTensors | Promise<NamedTensors> {
  return noise.apply(mean, { sigma: (noiseMultiplier * bound) / units, kind: 'gaussian' }, context);
}

/** The clipping, which is exact for one example and an upper bound for a batch. Under the noise no norm can be read off the update. */
function attackerView(_y: NamedTensors, knowledge: Knowledge<Params>): Transform {
  if (knowledge === 'estimated') return IDENTITY;
  return { kind: 'scale-to-norm', scope: 'global', bounds: knowledge.oracle.bound };
}

/** Leaving one unit out moves the sum by `bound`, an exchange by twice that; the updates of one unit add up in squares. */
function claim(
  unit: PrivacyClaim['unit'],
  { noiseMultiplier, delta }: Params,
  { updates, sampling }: Exposure,
): PrivacyClaim {
  const mu = Math.sqrt(updates) / noiseMultiplier;
  return {
    unit,
    delta,
    epsilon: gaussianEpsilon(2 * mu, delta),
    mu,
    sampledEpsilon: sampling === undefined ? null : sampledGaussianEpsilon({ ...sampling, noiseMultiplier, delta }),
  };
}
