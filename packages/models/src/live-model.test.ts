import { compile, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { digestTensors, type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import type { Classifier } from './classifier.ts';
import { classifier } from './classifiers.ts';
import { evalLayers } from './layers.ts';
import { liveModel } from './live-model.ts';

const shapes = ({ parameters, buffers }: Classifier) =>
  Object.fromEntries([...parameters, ...buffers].map(({ name, shape }) => [name, shape]));

async function logitsOf(model: Classifier, weights: NamedTensors): Promise<number[]> {
  const program = compile({
    name: `live-model-test/${model.name}`,
    inputs: { x: [2, ...model.inputShape] },
    bound: shapes(model),
    fn: (tensors) => ({ outputs: { logits: model.forward(evalLayers(tensors), tensors.x as tf.Tensor).logits } }),
  });
  const session = await openSession(program, { bound: valuesByName(weights), executor: 'onnx' });
  const pixels = model.inputShape.reduce((size, n) => size * n, 2);
  const { logits } = await session.run({ x: seeded('images').normals(pixels).map(Math.tanh) });
  await session.release();
  return [...(logits as Float32Array)];
}

describe('a model cut to the weights that images meet', () => {
  const whole = classifier('resnet18-imagenet', { classes: 2, resolution: 32 });
  const weights = whole.initialise(seeded(1));
  const { model, take, restore } = liveModel(whole);

  test('loses taps where maps are single pixels, and nothing else', () => {
    const cut = Object.entries(shapes(model)).filter(([name, shape]) => `${shape}` !== `${shapes(whole)[name]}`);
    expect(Object.fromEntries(cut)).toEqual({
      'layer4.0.conv1.weight': [512, 256, 2, 2],
      'layer4.0.conv2.weight': [512, 512, 1, 1],
      'layer4.1.conv1.weight': [512, 512, 1, 1],
      'layer4.1.conv2.weight': [512, 512, 1, 1],
    });
    for (const [name, { shape, data }] of take(weights)) {
      expect(shape).toEqual(shapes(model)[name]);
      expect(data.length).toBe(shape.reduce((size, n) => size * n, 1));
    }
  });

  test('computes the same', async () => {
    const [got, want] = [await logitsOf(model, take(weights)), await logitsOf(whole, weights)];
    for (const [i, logit] of want.entries()) expect(got[i]).toBeCloseTo(logit, 5);
  });

  test('what was taken goes back to where it was', () => {
    expect(digestTensors(restore(take(weights), weights))).toBe(digestTensors(weights));
    const other = whole.initialise(seeded(2));
    const mixed = restore(take(other), weights).get('layer4.1.conv1.weight')?.data as Float32Array;
    const [from, to] = [other, weights].map((each) => each.get('layer4.1.conv1.weight')?.data as Float32Array);
    for (const filter of [0, 1, 512 * 512 - 1]) {
      for (let tap = 0; tap < 9; tap++) {
        const at = 9 * filter + tap;
        expect(mixed[at]).toBe((tap === 4 ? from : to)?.[at]);
      }
    }
  });

  test.each(['resnet18-cifar', 'lenet'] as const)('%s at 32x32 has none to lose', (arch) => {
    const full = classifier(arch, { classes: 2, resolution: 32 });
    expect(shapes(liveModel(full).model)).toEqual(shapes(full));
  });
});
