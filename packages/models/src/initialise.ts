/** How a model's tensors start: PyTorch's initialisers as rules by role, drawn from one seeded stream. */
import type { Random } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import type { ParameterSpec, Role } from './modules.ts';

/** Draws the entries of `spec`; `weight` is the spec of the same module's weight, which sets the fan of a bias. */
export type Rule = (spec: ParameterSpec, random: Random, weight: ParameterSpec) => Float32Array;

/** Every entry is `value`. */
export const constant =
  (value: number): Rule =>
  ({ shape }) =>
    new Float32Array(sizeOf(shape)).fill(value);

/** N(mean, deviation²). */
export const normal =
  (mean: number, deviation: number): Rule =>
  ({ shape }, random) =>
    random.normals(sizeOf(shape)).map((value) => mean + deviation * value);

/** U(-bound, bound). */
export const uniform =
  (bound: number): Rule =>
  ({ shape }, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));

/** `kaiming_normal_(mode='fan_out', nonlinearity='relu')` of He et al. 2015: N(0, 2 / (k² outputs)). */
export const kaimingFanOut: Rule = (spec, random, weight) => {
  const [outputs = 1, , ...kernel] = spec.shape;
  return normal(0, Math.sqrt(2 / (outputs * sizeOf(kernel))))(spec, random, weight);
};

/**
 * PyTorch's default for convolutions and linear layers, weights and biases alike: U(-b, b), b = 1 / sqrt(fan in).
 * The fan in is axis 1 times the kernel, which PyTorch also uses for transposed convolutions (where axis 1 is the outputs).
 */
export const uniformFanIn: Rule = (spec, random, weight) =>
  uniform(1 / Math.sqrt(sizeOf(weight.shape.slice(1))))(spec, random, weight);

/** PyTorch's defaults for every role; a model overrides what its paper overrides. */
const DEFAULT_RULES: Readonly<Record<Role, Rule>> = {
  conv: uniformFanIn,
  'conv-transpose': uniformFanIn,
  'linear-weight': uniformFanIn,
  bias: uniformFanIn,
  'norm-weight': constant(1),
  'norm-bias': constant(0),
  'running-mean': constant(0),
  'running-var': constant(1),
};

/** Draws `specs` in order from `random`: the same stream gives the same model. */
export function initialise(
  specs: readonly ParameterSpec[],
  random: Random,
  overrides: Partial<Record<Role, Rule>> = {},
): NamedTensors {
  const rules = { ...DEFAULT_RULES, ...overrides };
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  return new Map(
    specs.map((spec) => {
      const weight = byName.get(spec.name.replace(/\.bias$/, '.weight')) ?? spec;
      return [spec.name, { shape: spec.shape, data: rules[spec.role](spec, random, weight) }];
    }),
  );
}
