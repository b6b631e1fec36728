import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { sizeOf } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { CLASSIFIERS, classifier } from './classifiers.ts';
import { evalLayers, trainLayers, weightTensors } from './layers.ts';

function images(count: number, side: number): tf.Tensor {
  return tf.tensor(seeded(1, 'images').normals(count * 3 * side * side), [count, 3, side, side]);
}

function entries(specs: readonly { shape: readonly number[] }[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

describe('classifier', () => {
  test('ResNet-18 has the parameter counts that its papers and torchvision state', () => {
    const cifar = classifier('resnet18-cifar');
    expect(cifar.parameters).toHaveLength(62);
    expect(cifar.buffers).toHaveLength(40);
    expect(entries(cifar.parameters)).toBe(11_169_858);
    expect(entries(classifier('resnet18-imagenet').parameters)).toBe(11_689_512);
  });

  test('names follow torchvision, in its order', () => {
    const names = classifier('resnet18-cifar').parameters.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias', 'layer1.0.conv1.weight']);
    expect(names.filter((name) => name.includes('downsample'))).toEqual(
      ['layer2', 'layer3', 'layer4'].flatMap((layer) =>
        ['0.weight', '1.weight', '1.bias'].map((leaf) => `${layer}.0.downsample.${leaf}`),
      ),
    );
    expect(names.slice(-2)).toEqual(['fc.weight', 'fc.bias']);
  });

  test.each(CLASSIFIERS.names)('%s: logits and features have the stated shapes and are finite', (arch) => {
    const model = classifier(arch, { classes: 5, resolution: 8 });
    tf.tidy(() => {
      const layers = evalLayers(weightTensors(model.initialise(seeded(2))));
      const { logits, features } = model.forward(layers, images(2, 8));
      expect(logits.shape).toEqual([2, 5]);
      expect(features.shape).toEqual([2, model.featureCount]);
      expect([...logits.dataSync()].every(Number.isFinite)).toBe(true);
      // Label inference relies on it: the input of the last layer is never negative.
      expect(Math.min(...features.dataSync())).toBeGreaterThanOrEqual(0);
    });
  });

  test('examples are on their own in eval mode and coupled in train mode', () => {
    const model = classifier('resnet18-cifar', { resolution: 8 });
    tf.tidy(() => {
      const weights = weightTensors(model.initialise(seeded(3)));
      const batch = images(2, 8);
      const first = tf.slice(batch, [0, 0, 0, 0], [1, 3, 8, 8]);
      const firstLogits = (layers: Parameters<typeof model.forward>[0], x: tf.Tensor): number =>
        model.forward(layers, x).logits.dataSync()[0] as number;
      const alone = firstLogits(evalLayers(weights), first);
      expect(firstLogits(evalLayers(weights), batch)).toBeCloseTo(alone, 5);
      const other = tf.concat([first, tf.mul(first, 3)]);
      expect(firstLogits(trainLayers(weights), batch)).not.toBeCloseTo(firstLogits(trainLayers(weights), other), 3);
    });
  });

  test('the same seed gives the same weights, another seed others', () => {
    const model = classifier('lenet');
    const head = (seed: number): Float32Array | undefined => model.initialise(seeded(seed)).get('fc.0.weight')?.data;
    expect(head(4)).toEqual(head(4));
    expect(head(4)).not.toEqual(head(5));
  });

  test('unknown architectures and impossible options are coded errors that name the value', () => {
    expect(() => classifier('resnet19')).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN', message: expect.stringContaining('resnet19') }),
    );
    expect(() => classifier('toString')).toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
    for (const options of [{ classes: 1 }, { classes: 2.5 }, { resolution: 0 }, { resolution: Number.NaN }]) {
      const [field] = Object.keys(options);
      expect(() => classifier('lenet', options)).toThrow(
        expect.objectContaining({ code: 'MODEL_OPTION_INVALID', message: expect.stringContaining(field as string) }),
      );
    }
  });
});
