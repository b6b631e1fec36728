import type { ExecutorName } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import type { Tensor } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { sparsityMasks, transformOf } from './defended.ts';
import { type Bindings, describeHeavy } from './executors.ts';
import {
  dot,
  type Gradient,
  type Matched,
  matchExplicitly,
  OBJECTIVES,
  type ObjectiveOf,
  squaredDistance,
} from './explicit.ts';
import { DEFENCES, type DefenceName, fixture } from './fixture.ts';
import { stem } from './networks.ts';
import { observe } from './observed.ts';
import { assertParity, compareTensor, compareValue } from './tolerance.ts';

const MINUTES = 60_000;

type TransformOf = (g: Gradient, bound: Readonly<Record<string, tf.Tensor>>) => Gradient;

function each(g: Gradient, f: (tensor: tf.Tensor, name: string) => tf.Tensor): Gradient {
  return Object.fromEntries(Object.entries(g).map(([name, tensor]) => [name, f(tensor, name)]));
}

const clipFactor = (square: tf.Tensor, bound: number): tf.Tensor => tf.minimum(tf.div(bound, tf.sqrt(square)), 1);
const clipGlobal =
  (bound: number): TransformOf =>
  (g) => {
    const factor = clipFactor(dot(g, g), bound);
    return each(g, (tensor) => tf.mul(tensor, factor));
  };
const clipLayer =
  (bound: number): TransformOf =>
  (g) =>
    each(g, (tensor) => tf.mul(tensor, clipFactor(tf.sum(tf.square(tensor)), bound)));

/** T as the fixture defines it, written out in tfjs. */
const TRANSFORMS: Readonly<Record<DefenceName, TransformOf>> = {
  clip_global_S4: clipGlobal(4),
  clip_layer_S4: clipLayer(4),
  'clip_global_S0.5': clipGlobal(0.5),
  'clip_layer_S0.5': clipLayer(0.5),
  'sparsify_p0.9': (g, bound) => each(g, (tensor, name) => tf.mul(tensor, bound[`mask/${name}`] as tf.Tensor)),
  'soteria_p0.8': (g, bound) =>
    each(g, (tensor, name) => (name === 'fc.weight' ? tf.mul(tensor, bound.columns as tf.Tensor) : tensor)),
};

/** ||T(g) - T(y)||². */
const OBJECTIVES_OF_DEFENCES: Readonly<Record<DefenceName | 'cosine', ObjectiveOf>> = {
  ...(Object.fromEntries(
    DEFENCES.map((name): [DefenceName, ObjectiveOf] => {
      const transform = TRANSFORMS[name];
      return [name, (g, y, bound) => squaredDistance(transform(g, bound), transform(y, bound))];
    }),
  ) as Record<DefenceName, ObjectiveOf>),
  cosine: OBJECTIVES.cosine,
};

function suite(executor: ExecutorName): void {
  const network = stem('cifar');
  const found = new Map<string, Matched>();
  beforeAll(async () => {
    const { y } = await observe(executor, network);
    const columns = await transformOf('soteria_p0.8', y);
    if (columns.kind !== 'columns') throw new Error('Soteria hides columns');
    const masks = [...(await sparsityMasks(y))].map(([name, mask]): [string, Tensor] => [
      `mask/${name}`,
      { shape: (y.get(name) as Tensor).shape, data: Float32Array.from(mask) },
    ]);
    const bound: Bindings = {
      ...Object.fromEntries(masks),
      columns: { shape: [columns.keep.length], data: Float32Array.from(columns.keep) },
    };
    for (const entry of Object.entries(OBJECTIVES_OF_DEFENCES)) {
      found.set(entry[0], await matchExplicitly(executor, network, y, entry, bound));
    }
  }, 60 * MINUTES);

  test.each(DEFENCES)('%s and its derivative through the transform', (name) => {
    const expected = fixture.cifar.matching.defended[name];
    const { value, grad } = found.get(name) as Matched;
    assertParity(name, compareValue(value, expected));
    assertParity(`d ${name}`, compareTensor(grad, expected.grad));
  });

  test.each([
    ['clip_global_S4', 4],
    ['clip_global_S0.5', 0.5],
  ] as const)('%s is 2 S² times the cosine distance, as both norms exceed S', (name, bound) => {
    const scale = 2 * bound ** 2;
    const [clipped, cosine] = [found.get(name), found.get('cosine')] as [Matched, Matched];
    expect(clipped.value / (scale * cosine.value)).toBeCloseTo(1, 4);
    const largest = cosine.grad.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    clipped.grad.forEach((slope, i) => {
      expect(Math.abs(slope - scale * (cosine.grad[i] as number))).toBeLessThan(1e-3 * scale * largest);
    });
  });
}

describeHeavy('cifar behind defences', suite);
