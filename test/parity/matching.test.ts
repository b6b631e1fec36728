import type { ExecutorName } from '@leakscope/engine';
import { beforeAll, expect, test } from 'vitest';
import { describeHeavy } from './executors.ts';
import { type Matched, matchExplicitly, OBJECTIVES } from './explicit.ts';
import { type StemName, stem } from './networks.ts';
import { type Observed, observe } from './observed.ts';
import { assertParity, compareTensor, compareValue, kinkChange, sumOf } from './tolerance.ts';

const MINUTES = 60_000;

function suite(name: StemName, executor: ExecutorName): void {
  const network = stem(name);
  const { matching } = network.section;
  let observed: Observed;
  /** By objective; the candidate and the products are the same for each. */
  const found = new Map<string, Matched>();
  let matched: Matched;
  beforeAll(async () => {
    observed = await observe(executor, network);
    for (const entry of Object.entries(OBJECTIVES)) {
      matched = await matchExplicitly(executor, network, observed.y, entry);
      found.set(entry[0], matched);
    }
  }, 30 * MINUTES);

  /** ||y||², accumulated in float64. */
  function ySquare(): number {
    return [...observed.y.values()].reduce((sum, { data }) => sum + sumOf(data.map((value) => value * value)), 0);
  }

  test('the candidate', () => {
    const { candidate_image: image } = matching;
    assertParity('candidate', compareTensor(matched.candidate, image));
    const { rel } = image;
    const least = matched.candidate.reduce((a, b) => Math.min(a, b));
    const greatest = matched.candidate.reduce((a, b) => Math.max(a, b));
    assertParity('minimum', compareValue(least, { value: image.min, rel }));
    assertParity('maximum', compareValue(greatest, { value: image.max, rel }));
  });

  test('||g||², <g, y> and ||y||², which make up ||g - y||²', () => {
    const [square, product, target] = [sumOf(matched.gSquare), sumOf(matched.gDotY), ySquare()];
    assertParity('||g||²', compareValue(square, matching.g_sq));
    assertParity('<g, y>', compareValue(product, matching.g_dot_y));
    assertParity('||y||²', compareValue(target, matching.y_sq));
    const value = found.get('l2_sum')?.value ?? Number.NaN;
    expect(Math.abs((square - 2 * product + target) / value - 1)).toBeLessThan(1e-4);
  });

  test.each([
    ['g_sq', 'gSquare'],
    ['g_dot_y', 'gDotY'],
  ] as const)('%s of each tensor', (key, ours) => {
    const first = matching.tensors.map((row) => row[key]);
    expect(matching.tensors.map((row) => row.name)).toEqual([...observed.y.keys()]);
    const whole = matching[key];
    const expected = { first, norm: Math.hypot(...first), rel: matching[`rel_${key}_per_tensor`] };
    const change = kinkChange(whole.rel_if_kinks_flip ?? 0, whole.value);
    assertParity(key, compareTensor(matched[ours], expected, change));
  });

  test.each(Object.entries(matching.objectives))('%s and its derivative', (key, expected) => {
    const { value, grad } = found.get(key) as Matched;
    assertParity(key, compareValue(value, expected));
    assertParity(`d ${key}`, compareTensor(grad, expected.grad));
  });
}

describeHeavy('cifar', (executor) => suite('cifar', executor));
describeHeavy('imagenet', (executor) => suite('imagenet', executor));
