/** What can be told of a defence from one update of a real network, untrained and with batch norms that have moved. */
import { parseDefense } from '@leakscope/defenses';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { layerNorms, type NamedTensors } from '@leakscope/shared/tensors';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { computeGradient } from '../matching/client-gradient.ts';
import { inferDefense } from './defense.ts';

const model = classifier('resnet18-cifar', { resolution: 8 });
const image = (i: number) => Float32Array.from(seeded('image', i).normals(3 * 8 * 8), Math.tanh);

/** Batch norms and head as training leaves them. */
function moved(weights: NamedTensors): NamedTensors {
  const random = seeded('moved');
  const change: [RegExp, (value: number) => number][] = [
    [/running_mean$/, () => 0.1 * random.normal()],
    [/running_var$/, () => 0.5 + random.uniform()],
    [/(bn\d|downsample\.1)\.weight$/, () => 1 + 0.1 * random.normal()],
    [/(bn\d|downsample\.1)\.bias$/, () => 0.1 * random.normal()],
    // A confident head: the convolutions' gradients outgrow its own.
    [/fc\.weight$/, (value) => 10 * value],
  ];
  for (const [name, { data }] of weights) {
    const [, next] = change.find(([pattern]) => pattern.test(name)) ?? [];
    if (next !== undefined) for (let i = 0; i < data.length; i++) data[i] = next(data[i] as number);
  }
  return weights;
}

// test/parity runs the same on PyTorch's gradient, with every kind of clipping, sparsification and Soteria.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe.each([
  { state: 'untrained', weights: model.initialise(seeded('theta')), noises: [['gaussian', 2.5]], clipped: [1, 6] },
  {
    state: 'with moved batch norms',
    weights: moved(model.initialise(seeded('theta'))),
    noises: [
      ['gaussian', 0.1],
      ['laplace', 0.05],
    ],
    clipped: [1, 2],
  },
])('$state', ({ weights, noises, clipped }) => {
  let gradient: NamedTensors;
  beforeAll(async () => {
    gradient = (await computeGradient({ model, weights, images: [image(1)], labels: [1] })).gradient;
  });

  const infer = async (spec: string, y = gradient, batchSize = 1) => {
    const plan = await parseDefense(spec);
    const random = (...path: (string | number)[]) => seeded('client', ...path);
    const defended = await plan.apply(y, { random });
    return inferDefense({ model, weights, gradient: defended, batchSize });
  };

  test('finds nothing where nothing is, in spite of the zeros of dead ReLUs', async () => {
    const zeros = [...gradient.values()].reduce((sum, { data }) => sum + data.filter((value) => value === 0).length, 0);
    expect(zeros).toBeGreaterThan(100_000);
    expect(await infer('none')).toMatchObject({ estimate: {}, transform: { kind: 'identity' } });
  });

  test.each(noises)('measures %s noise of standard deviation %d', async (kind, sigma) => {
    const { estimate, transform } = await infer(`noise:sigma=${sigma},kind=${kind}`);
    expect(Object.keys(estimate)).toEqual(['noise']);
    expect(Math.abs((estimate.noise?.sigma ?? 0) / Number(sigma) - 1)).toBeLessThan(0.1);
    expect(transform.kind).toBe('identity');
  });

  test.each(clipped)('finds a bound on each layer that touches the largest %d', async (touched) => {
    const norms = [...layerNorms(gradient)].sort(([, a], [, b]) => b - a);
    const bound = ((norms[touched - 1]?.[1] ?? 0) + (norms[touched]?.[1] ?? 0)) / 2;
    const { estimate } = await infer(`clip:bound=${bound},scope=layer`);
    if (touched === 1 && norms[0]?.[0] === 'fc.weight') {
      // A head that alone was scaled goes unnoticed.
      expect(estimate).toEqual({});
    } else {
      expect(estimate.clip?.scope).toBe('layer');
      expect(Math.abs((estimate.clip?.bound ?? 0) / bound - 1)).toBeLessThan(1e-5);
    }
  });

  test('sees noise first in a composition, which hides the rest', async () => {
    const { estimate } = await infer('clip:bound=1+noise:sigma=0.01');
    expect(Object.keys(estimate)).toEqual(['noise']);
  });

  test('holds for a batch, whose global bound alone cannot be told', async () => {
    const images = [image(1), image(2), image(3)];
    const batch = (await computeGradient({ model, weights, images, labels: [0, 1, 1] })).gradient;
    expect((await infer('none', batch, 3)).estimate).toEqual({});
    expect((await infer('clip:bound=0.5', batch, 3)).estimate).toEqual({});
    expect(Math.abs(((await infer('noise:sigma=0.1', batch, 3)).estimate.noise?.sigma ?? 0) / 0.1 - 1)).toBeLessThan(
      0.1,
    );
  });
});
