/** What can be told of a defence from one update of a real network, untrained and with batch norms that have moved. */
import { parseDefense } from '@leakscope/defenses';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { globalNorm, layerNorms, type NamedTensors } from '@leakscope/shared/tensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { inferDefense } from './defense-inference.ts';
import { computeGradient } from './gradient.ts';
import { headGradient, leakedFeatures } from './head.ts';

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

describe.each([
  {
    state: 'untrained',
    weights: model.initialise(seeded('theta')),
    noises: [['gaussian', 2.5]],
    masked: [0.8, 0.95],
    sparse: [0.9],
  },
  {
    state: 'with moved batch norms',
    weights: moved(model.initialise(seeded('theta'))),
    noises: [
      ['gaussian', 0.1],
      ['laplace', 0.05],
    ],
    masked: [0.8],
    sparse: [0.5],
  },
])('$state', ({ weights, noises, masked, sparse }) => {
  let gradient: NamedTensors;
  beforeAll(async () => {
    gradient = (await computeGradient({ model, weights, images: [image(1)], labels: [1] })).gradient;
  });

  const infer = async (spec: string, y = gradient, batchSize = 1) => {
    const plan = await parseDefense(spec);
    const random = (...path: (string | number)[]) => seeded('client', ...path);
    // Which live columns Soteria picks is tested beside it; what matters here is that dead features score lowest.
    const features = leakedFeatures(model, headGradient(model, y)) ?? new Float32Array(model.featureCount);
    const sensitivity = features.map((value, i) => value * (1 + (i % 7)));
    const defended = await plan.apply(y, { random, sensitivity: async () => ({ features, sensitivity }) });
    return { plan, y: defended, ...inferDefense({ model, weights, gradient: defended, batchSize }) };
  };

  test('finds nothing where nothing is, in spite of the zeros of dead ReLUs', async () => {
    const zeros = [...gradient.values()].reduce((sum, { data }) => sum + data.filter((value) => value === 0).length, 0);
    expect(zeros).toBeGreaterThan(100_000);
    expect(await infer('none')).toMatchObject({ estimate: {}, transform: { kind: 'identity' } });
  });

  test.each(sparse)('finds sparsification of %d and its support', async (fraction) => {
    const { estimate, transform, plan, y } = await infer(`sparsify:fraction=${fraction}`);
    expect(Object.keys(estimate)).toEqual(['sparsify']);
    expect(Math.abs((estimate.sparsify?.fraction ?? 0) - fraction)).toBeLessThan(0.01);
    const told = plan.attackerView(y, 'oracle');
    if (transform.kind !== 'mask' || told.kind !== 'mask') return expect.unreachable('not masks');
    expect([...transform.masks.keys()]).toEqual([...told.masks.keys()]);
    for (const [name, mask] of told.masks) {
      expect(Buffer.compare(mask, transform.masks.get(name) ?? new Uint8Array()), name).toBe(0);
    }
  });

  test.each(noises)('measures %s noise of standard deviation %d', async (kind, sigma) => {
    const { estimate, transform } = await infer(`noise:sigma=${sigma},kind=${kind}`);
    expect(Object.keys(estimate)).toEqual(['noise']);
    expect(Math.abs((estimate.noise?.sigma ?? 0) / Number(sigma) - 1)).toBeLessThan(0.1);
    expect(transform.kind).toBe('identity');
  });

  test.each(masked)('sees the mask of Soteria at %d', async (fraction) => {
    const { estimate, transform, plan, y } = await infer(`soteria:fraction=${fraction}`);
    expect(Object.keys(estimate)).toEqual(['soteria']);
    expect(estimate.soteria?.fraction).toBeCloseTo(fraction, 2);
    expect(transform).toEqual(plan.attackerView(y, 'oracle'));
  });

  test('finds a global bound, and by how much it scaled', async () => {
    const bound = globalNorm(gradient) / 3;
    const { estimate } = await infer(`clip:bound=${bound}`);
    expect(estimate.clip?.scope).toBe('global');
    expect(Math.abs((estimate.clip?.bound ?? 0) / bound - 1)).toBeLessThan(1e-5);
    expect(Math.abs((estimate.clip?.factor ?? 0) * 3 - 1)).toBeLessThan(1e-3);
  });

  test.each([1, 2, 6])('finds a bound on each layer that touches the largest %d', async (touched) => {
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
