/** Small models for tests of matching, with weights and updates that leave no term of a gradient out. */
import { globalAveragePool } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Classifier, Layers, ParameterSpec } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, type Tensor } from '@leakscope/shared/tensors';

/** Weights with every tensor away from its neutral start, so that no term of a gradient is lost in a test. */
export function weightsOf(model: Pick<Classifier, 'initialise'>): NamedTensors {
  const weights = model.initialise(seeded(1));
  for (const [name, { shape, data }] of weights) {
    const random = seeded(2, name);
    const jitter =
      /running_var|\d\.weight$/.test(name) && shape.length === 1 ? () => 1 + 0.3 * random.uniform() : undefined;
    const shift = /bias|running_mean/.test(name) ? () => 0.1 * random.normal() : jitter;
    if (shift !== undefined)
      data.forEach((_, i) => {
        data[i] = shift();
      });
  }
  return weights;
}

/** An update of random entries, as if intercepted. */
export function updateOf(model: Classifier): NamedTensors {
  return new Map(
    model.parameters.map(({ name, shape }): [string, Tensor] => [
      name,
      {
        shape,
        data: seeded(3, name)
          .normals(sizeOf(shape))
          .map((value) => value * 0.05),
      },
    ]),
  );
}

/** A residual block in small: two stems of convolution and batch norm, strided, one of them 1x1; smooth, so that no relu flips. */
export function residual(side: number, classes: number): Classifier {
  const convolutions = { a: [6, 3, 3, 3], b: [8, 6, 3, 3], c: [8, 6, 1, 1] } as const;
  const spec = (name: string, shape: readonly number[], role: ParameterSpec['role']): ParameterSpec => ({
    name,
    shape,
    role,
  });
  const parameters = [
    ...Object.entries(convolutions).flatMap(([name, shape]) => [
      spec(`${name}.weight`, shape, 'conv'),
      spec(`${name}n.weight`, [shape[0]], 'norm-weight'),
      spec(`${name}n.bias`, [shape[0]], 'norm-bias'),
    ]),
    spec('fc.weight', [classes, 8], 'linear-weight'),
    spec('fc.bias', [classes], 'bias'),
  ];
  const buffers = Object.entries(convolutions).flatMap(([name, shape]) => [
    spec(`${name}n.running_mean`, [shape[0]], 'running-mean'),
    spec(`${name}n.running_var`, [shape[0]], 'running-var'),
  ]);
  function features(layers: Layers, x: tf.Tensor): tf.Tensor {
    const stem = tf.tanh(layers.batchNorm('an', layers.conv2d('a', x, { padding: 1 })));
    const long = layers.batchNorm('bn', layers.conv2d('b', stem, { stride: 2, padding: 1 }));
    const short = layers.batchNorm('cn', layers.conv2d('c', stem, { stride: 2 }));
    return globalAveragePool(tf.tanh(tf.add(long, short)));
  }
  return {
    name: 'lenet', // one of the known names: only programs' names use it
    classes,
    inputShape: [3, side, side],
    featureCount: 8,
    head: 'fc',
    parameters,
    buffers,
    features,
    forward(layers, x) {
      const pooled = features(layers, x);
      return { features: pooled, logits: layers.linear('fc', pooled) };
    },
    initialise: (random) =>
      new Map(
        [...parameters, ...buffers].map(({ name, shape, role }): [string, Tensor] => {
          const positive = role === 'norm-weight' || role === 'running-var';
          const data = random.normals(sizeOf(shape));
          return [name, { shape, data: data.map((v) => (positive ? 1 + 0.2 * Math.tanh(v) : 0.3 * v)) }];
        }),
      ),
  };
}
