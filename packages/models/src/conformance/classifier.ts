/** What every victim model must do. */
import assert from 'node:assert/strict';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { equalTensors, type NamedTensors, sizeOf, type Tensor, tensor } from '@leakscope/shared/tensors';
import type { Classifier } from '../classifier.ts';
import { openClassifier } from '../classifiers.ts';
import { evalLayers } from '../layers.ts';
import { lossAndGradient } from '../loss.ts';
import { checkWeights } from '../weights.ts';
import { assertFinite, assertNear, evaluate } from './evaluate.ts';

const BATCH = 2;

interface Subject {
  readonly model: Classifier;
  /** The same architecture with one class more. */
  readonly wider: Classifier;
  readonly weights: NamedTensors;
  readonly images: Tensor;
}

/** The cases of an architecture at its own defaults. Each throws where the model falls short. */
export const classifierConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => open(parsePlugin(spec, 'classifier').name, base), {
    'names its parameters as PyTorch does': ['build', named],
    'has a head with one row a class': ['build', withHead],
    'starts by the seed: all names and shapes, finite, the same for the same seed alone': ['initialise', startsBySeed],
    'gives finite features and logits of the stated shapes': ['forward', ofStatedShapes],
    'sees every image of a batch by itself': ['forward', imagesAlone],
    'passes a finite gradient to its parameters': ['forward', passesGradient],
    'can be matched: the gradient of its gradient reaches the image': ['forward', twiceDifferentiable],
    'computes the same on every executor': ['forward', sameEverywhere],
  });

async function open(arch: string, base: string): Promise<Subject> {
  const model = await openClassifier(arch, {}, base);
  const wider = await openClassifier(arch, { classes: model.classes + 1 }, base);
  const weights = checkWeights(model, model.initialise(seeded('conformance', 'weights')));
  const shape = [BATCH, ...model.inputShape];
  const images = tensor(
    shape,
    seeded('conformance', 'images')
      .normals(sizeOf(shape))
      .map((value) => value / 2),
  );
  return { model, wider, weights, images };
}

function named({ model }: Subject): void {
  const [parameters, buffers] = [model.parameters, model.buffers].map((specs) => specs.map(({ name }) => name));
  for (const name of parameters ?? []) assert.match(name, /^\w+(\.\w+)*\.(weight|bias)$/);
  for (const name of buffers ?? []) assert.match(name, /^\w+(\.\w+)*\.running_(mean|var)$/);
  const all = [...(parameters ?? []), ...(buffers ?? [])];
  assert.equal(new Set(all).size, all.length, 'a name is given twice');
}

function withHead({ model, wider }: Subject): void {
  for (const { parameters, head, classes, featureCount } of [model, wider]) {
    const weight = parameters.find(({ name }) => name === `${head}.weight`);
    assert.deepEqual([...(weight?.shape ?? [])], [classes, featureCount], `${head}.weight`);
    assert.ok(
      parameters.some(({ name }) => name === `${head}.bias`),
      `${head} has no bias`,
    );
  }
}

function startsBySeed({ model, weights }: Subject): void {
  const again = checkWeights(model, model.initialise(seeded('conformance', 'weights')));
  assert.ok(equalTensors(again, weights), 'two starts from one seed differ');
  const other = checkWeights(model, model.initialise(seeded('conformance', 'other weights')));
  assert.ok(!equalTensors(other, weights), 'starts from two seeds are the same');
}

const pass = ({ model, weights, images }: Subject, executor?: 'eager') =>
  evaluate({
    name: `forward/${model.name}`,
    weights,
    inputs: new Map([['x', images]]),
    fn: (tensors) => ({ ...model.forward(evalLayers(tensors), tensors.x as tf.Tensor) }),
    ...(executor && { executor }),
  });

async function ofStatedShapes(subject: Subject): Promise<void> {
  const { features, logits } = await pass(subject);
  assert.equal(logits?.length, BATCH * subject.model.classes, 'logits are not [N, classes]');
  assert.equal(features?.length, BATCH * subject.model.featureCount, 'features are not [N, featureCount]');
  assertFinite(logits as Float32Array, 'logits');
}

async function imagesAlone(subject: Subject): Promise<void> {
  const { images, model } = subject;
  const both = (await pass(subject)).logits as Float32Array;
  const first = tensor([1, ...model.inputShape], images.data.slice(0, images.data.length / BATCH));
  const alone = (await pass({ ...subject, images: first })).logits as Float32Array;
  assertNear(alone, both.slice(0, model.classes), 1e-4, 'logits of the first image, alone and in a batch');
}

const labels = ({ model }: Subject): Tensor =>
  tensor(
    [BATCH, model.classes],
    Float32Array.from({ length: BATCH * model.classes }, (_, i) => Number(i % (model.classes + 1) === 0)),
  );

async function passesGradient(subject: Subject): Promise<void> {
  const { model, weights, images } = subject;
  const gradient = await evaluate({
    name: `gradient/${model.name}`,
    weights,
    inputs: new Map([
      ['x', images],
      ['label', labels(subject)],
    ]),
    fn: (tensors) => ({
      ...lossAndGradient(model, tensors, tensors.x as tf.Tensor, tensors.label as tf.Tensor, 'eval').gradient,
    }),
  });
  for (const [name, values] of Object.entries(gradient)) assertFinite(values, `gradient in ${name}`);
  const reached = Object.values(gradient).filter((values) => values.some((value) => value !== 0)).length;
  assert.ok(
    reached > model.parameters.length / 2,
    `only ${reached} of ${model.parameters.length} gradients are not zero`,
  );
}

async function twiceDifferentiable(subject: Subject): Promise<void> {
  const { model, weights, images } = subject;
  const { slope } = await evaluate({
    name: `matching/${model.name}`,
    weights,
    inputs: new Map([
      ['x', images],
      ['label', labels(subject)],
    ]),
    fn: (tensors) => {
      const squared = (x: tf.Tensor): tf.Tensor =>
        Object.values(lossAndGradient(model, tensors, x, tensors.label as tf.Tensor, 'eval').gradient)
          .map((gradient) => tf.sum(tf.square(gradient)))
          .reduce((sum, one) => tf.add(sum, one));
      const { grads } = gradients((x) => squared(x as tf.Tensor), [tensors.x as tf.Tensor]);
      return { slope: grads[0] as tf.Tensor };
    },
  });
  assertFinite(slope as Float32Array, 'gradient in the image');
  assert.ok(
    slope?.some((value) => value !== 0),
    'the image does not change the gradient',
  );
}

async function sameEverywhere(subject: Subject): Promise<void> {
  const [one, other] = [await pass(subject), await pass(subject, 'eager')];
  assertNear(one.logits as Float32Array, other.logits as Float32Array, 1e-3, 'logits, compiled and op by op');
}
