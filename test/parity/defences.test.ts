/** Clients' defences and what an attacker makes of them, on PyTorch's gradient of the CIFAR stem. */
import { inferDefense, inferLabels, rowSums } from '@leakscope/attacker/inference';
import { featureScores, featureSensitivity, percentile } from '@leakscope/defenses';
import { equalTensors, globalNorm, layerNorms, type NamedTensors, type Tensor } from '@leakscope/shared/tensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { defend, type Sensitivity } from './defended.ts';
import { DEFENCES, type DefenceName, fixture } from './fixture.ts';
import { stem } from './networks.ts';
import { observe } from './observed.ts';
import { assertParity, compareValue, kinkChange, sumOf, tolerance } from './tolerance.ts';

const cifar = stem('cifar');
const { defences, gradient, label_inference: labelInference, forward } = fixture.cifar;
/** What a scalar computed from y may be off by: y's own tolerance, or a ReLU on its kink. */
const RELATIVE = Math.max(tolerance(gradient.rel), kinkChange(gradient.rel_if_kinks_flip, 1));

let y: NamedTensors;
let measured: Sensitivity;
beforeAll(async () => {
  y = (await observe('onnx', cifar)).y;
  measured = await featureSensitivity({ model: cifar.model, weights: cifar.weights, images: [cifar.image.data] });
}, 240_000);

const expectClose = (got: number, wanted: number, relative = RELATIVE) =>
  expect(Math.abs(got - wanted) / Math.abs(wanted), `got ${got}, expected ${wanted}`).toBeLessThanOrEqual(relative);
const data = (tensors: NamedTensors, name: string) => (tensors.get(name) as Tensor).data;

describe.each([4, 0.5])('clip at %d', (bound) => {
  test('globally has the factor and the norm', async () => {
    const name = `clip_global_S${bound}` as 'clip_global_S4' | 'clip_global_S0.5';
    const clipped = await defend(name, y);
    expectClose(globalNorm(clipped) / globalNorm(y), defences[name].factor);
    expectClose(globalNorm(clipped), defences[name].defended_norm, 1e-6);
  });

  test('layer by layer has the factors of all 62 tensors', async () => {
    const name = `clip_layer_S${bound}` as 'clip_layer_S4' | 'clip_layer_S0.5';
    const clipped = await defend(name, y);
    const before = layerNorms(y);
    const factors = [...layerNorms(clipped)].map(([tensor, norm]) => norm / (before.get(tensor) as number));
    expect(factors).toHaveLength(62);
    factors.forEach((factor, i) => {
      expectClose(factor, defences[name].factors[i] as number);
    });
    expect(factors.filter((factor) => factor < 1 - 1e-6)).toHaveLength(defences[name].clipped);
    expectClose(globalNorm(clipped), defences[name].defended_norm);
  });
});

describe('sparsify at 90 %', () => {
  const wanted = defences['sparsify_p0.9'];

  test('keeps as many entries of each tensor, with the same threshold and sum', async () => {
    const sparse = await defend('sparsify_p0.9', y);
    for (const { name, kept, kept_sum, threshold, near } of wanted.tensors) {
      const survivors = data(sparse, name).filter((value) => value !== 0);
      expect(
        Math.abs(survivors.length - kept),
        `${name}: ${survivors.length} kept, expected ${kept}`,
      ).toBeLessThanOrEqual(near);
      expectClose(percentile(data(y, name).map(Math.abs), 0.9), threshold);
      // A sum cancels: it is compared on the scale of what is summed. Where equal magnitudes tie, either may have stayed.
      const scale = Math.sqrt(survivors.length) * Math.sqrt(sumOf(survivors.map((value) => value * value)));
      if (near === 0) expect(Math.abs(sumOf(survivors) - kept_sum) / scale).toBeLessThan(RELATIVE);
    }
    const total = [...sparse.keys()].reduce((sum, name) => sum + data(sparse, name).filter((v) => v !== 0).length, 0);
    const ties = wanted.tensors.reduce((sum, { near }) => sum + near, 0);
    expect(Math.abs(total - wanted.kept_total)).toBeLessThanOrEqual(ties);
    expectClose(globalNorm(sparse), wanted.kept_norm);
    expectClose(globalNorm(sparse), wanted.defended_norm);
  });
});

describe('Soteria at 80 %', () => {
  const wanted = defences['soteria_p0.8'];

  test('measures features and their sensitivities', () => {
    wanted.sensitivity_first.forEach((value, i) => {
      assertParity(`s_${i}`, compareValue(measured.sensitivity[i] as number, { value, rel: wanted.rel_sensitivity }));
    });
    wanted.feature_first.forEach((value, i) => {
      assertParity(`r_${i}`, compareValue(measured.features[i] as number, { value, rel: forward.feature.rel }));
    });
    const norm = Math.hypot(...measured.sensitivity);
    assertParity('||s||', compareValue(norm, { value: wanted.sensitivity_norm, rel: wanted.rel_sensitivity }));
    expect(measured.features.filter((value) => value === 0)).toHaveLength(wanted.dead_features);
  });

  test('scores by them, in either order', () => {
    for (const [score, expected] of [
      ['sensitivity', wanted.score_first],
      ['inverse', wanted.inverse_first],
    ] as const) {
      const scores = featureScores(measured, score);
      expected.forEach((value, i) => {
        assertParity(`${score} ${i}`, compareValue(scores[i] as number, { value, rel: wanted.rel_score }));
      });
    }
    const norm = Math.hypot(...featureScores(measured, 'sensitivity'));
    assertParity('||score||', compareValue(norm, { value: wanted.score_norm, rel: wanted.rel_score }));
    const threshold = percentile(featureScores(measured, 'sensitivity'), 0.8);
    assertParity('threshold', compareValue(threshold, { value: wanted.threshold, rel: wanted.rel_score }));
  });

  test('zeroes the same columns of fc.weight, and nothing else', async () => {
    const masked = await defend('soteria_p0.8', y, measured);
    const before = data(y, 'fc.weight');
    const after = data(masked, 'fc.weight');
    const zeroed = Array.from({ length: 512 }, (_, i) => i).filter((i) => after[i] === 0 && after[512 + i] === 0);
    const different =
      new Set([...zeroed, ...wanted.zeroed]).size - zeroed.filter((i) => wanted.zeroed.includes(i)).length;
    // Dead features have no gradient to begin with, and score 0, so that they are among the masked anyway.
    expect(different).toBeLessThanOrEqual(wanted.near);
    for (const [i, value] of after.entries()) if (!zeroed.includes(i % 512)) expect(value).toBe(before[i]);
    const others = (tensors: NamedTensors) => new Map([...tensors].filter(([name]) => name !== 'fc.weight'));
    expect(equalTensors(others(masked), others(y))).toBe(true);
    expectClose(globalNorm(masked), wanted.defended_norm);
  });
});

describe('the attacker', () => {
  const infer = async (name: DefenceName) => {
    const defended = await defend(name, y, measured);
    return inferDefense({ model: cifar.model, weights: cifar.weights, gradient: defended, batchSize: 1 }).estimate;
  };

  test('finds nothing in the undefended gradient', () => {
    const evidence = { model: cifar.model, weights: cifar.weights, gradient: y, batchSize: 1 };
    expect(inferDefense(evidence).estimate).toEqual({});
  });

  test.each(DEFENCES)('finds %s from the update and the weights alone', async (name) => {
    const estimate = await infer(name);
    const [kind = '', scope = ''] = name.split('_');
    expect(Object.keys(estimate)).toEqual([kind]);
    if (kind === 'clip') {
      expect(estimate.clip?.scope).toBe(scope);
      expectClose(estimate.clip?.bound ?? 0, Number(name.split('_S')[1]), 1e-5);
    } else {
      const share = kind === 'sparsify' ? estimate.sparsify?.fraction : estimate.soteria?.fraction;
      expect(Math.abs((share ?? 0) - Number(name.split('_p')[1]))).toBeLessThan(0.005);
    }
    if (estimate.clip?.factor !== undefined) {
      expectClose(estimate.clip.factor, defences[name as 'clip_global_S4'].factor, 5e-3);
    }
  });

  test('reads the label off the row sums', () => {
    const sums = rowSums(data(y, 'fc.weight'), 512);
    labelInference.row_sums_first.forEach((value, i) => {
      expectClose(sums[i] as number, value);
    });
    expect(sums.filter((sum) => sum < 0)).toHaveLength(labelInference.negative_rows);
    const evidence = { model: cifar.model, weights: cifar.weights, gradient: y, batchSize: 1, sigma: 0 };
    expect(inferLabels(evidence)).toEqual({ values: [labelInference.argmin], source: 'inferred', confidence: 1 });
  });
});
