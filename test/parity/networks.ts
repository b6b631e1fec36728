/** The fixture's networks with their weights and inputs, rebuilt from the hash. */
import { type Classifier, classifier, type Generator, generator } from '@leakscope/models';
import { type NamedTensors, sizeOf, type Tensor } from '@leakscope/shared/tensors';
import { type Fixture, fixture, type Recipe, type StemSection } from './fixture.ts';
import { hashTensor, type TensorRule } from './tensors.ts';

export type StemName = 'cifar' | 'imagenet';

export interface Stem {
  readonly name: StemName;
  readonly section: StemSection;
  readonly model: Classifier;
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  readonly image: Tensor;
  /** [1, classes]. */
  readonly oneHot: Tensor;
}

/** Tensor `k` under the fixture's salt. */
export function tensorOf(k: number, shape: readonly number[], rule: TensorRule = {}): Tensor {
  return hashTensor(k, fixture.salt, shape, rule);
}

/** [labels.length, classes]. */
export function oneHotOf(labels: readonly number[], classes: number): Tensor {
  const data = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    data[row * classes + label] = 1;
  });
  return { shape: [labels.length, classes], data };
}

/** The rule of a recipe, with the deviation of convolutions from its formula: the one in the file is rounded. */
function ruleOf({ name, shape, kind, std, mean }: Recipe, kaiming: boolean): TensorRule {
  const exact = kaiming && shape.length === 4 ? Math.sqrt(2 / (sizeOf(shape.slice(2)) * (shape[0] as number))) : std;
  if (exact !== undefined && std !== undefined && Math.abs(exact / std - 1) > 1e-7) {
    throw new Error(`${name}: the fixture says std ${std}, the formula ${exact}`);
  }
  return { ...(kind && { kind }), ...(exact !== undefined && { std: exact }), ...(mean !== undefined && { mean }) };
}

function rebuild(recipes: readonly Recipe[], kaiming: boolean): NamedTensors {
  return new Map(recipes.map((recipe) => [recipe.name, tensorOf(recipe.k, recipe.shape, ruleOf(recipe, kaiming))]));
}

/** The classifier of a section. */
export function stem(name: StemName): Stem {
  const section: Fixture[StemName] = fixture[name];
  const { shape, k } = section.input;
  return {
    name,
    section,
    model: classifier(`resnet18-${name}`, { classes: section.classes, resolution: shape[2] as number }),
    weights: rebuild(section.tensors, true),
    image: tensorOf(k, shape, { kind: 'img' }),
    oneHot: oneHotOf([section.label], section.classes),
  };
}

/** GGL's generator. */
export function wgan(): { readonly model: Generator; readonly weights: NamedTensors } {
  return { model: generator('ggl-wgan32'), weights: rebuild(fixture.generator, false) };
}
