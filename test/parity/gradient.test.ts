import type { ExecutorName } from '@leakscope/engine';
import type { Tensor } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { describeEach, describeHeavy } from './executors.ts';
import { type StemName, stem } from './networks.ts';
import { type Observed, observe } from './observed.ts';
import { assertParity, compareTensor, compareValue, kinkChange, normOf, sumOf, tolerance } from './tolerance.ts';

const MINUTES = 60_000;

/** One pass, then everything that the fixture says of it: `forward`, `gradient`, `label_inference`. */
function suite(name: StemName, executor: ExecutorName): void {
  const network = stem(name);
  const { forward, gradient, label_inference: inference } = network.section;
  let observed: Observed;
  /** Whether some ReLU was decided the other way, so that zeros and sums may differ. */
  let flipped: boolean;
  beforeAll(async () => {
    observed = await observe(executor, network);
    flipped = gradient.tensors.some((row) => compareTensor(tensor(row.name).data, row).verdict !== 'within');
  }, 10 * MINUTES);

  const tensor = (of: string): Tensor => observed.y.get(of) as Tensor;

  test('forward', () => {
    assertParity('loss', compareValue(observed.loss, forward.loss));
    assertParity('logits', compareTensor(observed.logits, forward.logits));
    assertParity('logsumexp', compareValue(observed.logsumexp, forward.logsumexp));
    assertParity('feature', compareTensor(observed.features, forward.feature));
    expect(observed.logits.indexOf(Math.max(...observed.logits))).toBe(forward.argmax);
  });

  test('gradient: norm over all tensors', () => {
    const norm = Math.hypot(...[...observed.y.values()].map(({ data }) => normOf(data)));
    assertParity('gradient', compareValue(norm, { value: gradient.global_norm, ...gradient }));
  });

  test('gradient: the listed entries of all tensors together', () => {
    // Each tensor's change, estimated from its listed entries: many small errors must not hide behind one kink.
    const squares = gradient.tensors.map((row) => {
      const { data } = tensor(row.name);
      const last = row.last.length;
      const listed = [...data.subarray(0, row.first.length), ...data.subarray(data.length - last)];
      const errors = [...row.first, ...row.last].map((value, i) => (value - (listed[i] as number)) ** 2);
      return (data.length * errors.reduce((a, b) => a + b)) / errors.length;
    });
    const change = Math.sqrt(squares.reduce((a, b) => a + b)) / gradient.global_norm;
    expect(change).toBeLessThan(Math.max(tolerance(gradient.rel), 1.5 * gradient.rel_if_kinks_flip));
  });

  test.each(gradient.tensors.map((row) => [row.name, row] as const))('gradient in %s', (of, row) => {
    const { shape, data } = tensor(of);
    expect(shape).toEqual(row.shape);
    const change = kinkChange(gradient.rel_if_kinks_flip, gradient.global_norm);
    assertParity(of, compareTensor(data, row, change));
    const sumTolerance = Math.max(20 * row.sum_abs_err, 1e-4 * row.norm);
    expect(Math.abs(sumOf(data) - row.sum)).toBeLessThanOrEqual(
      flipped ? sumTolerance + change * Math.sqrt(data.length) : sumTolerance,
    );
    if (!flipped) expect(data.filter((value) => value === 0)).toHaveLength(row.zeros);
  });

  test('label inference from the row sums of the last weight gradient', () => {
    const { shape, data } = tensor('fc.weight');
    const [rows = 0, columns = 0] = shape;
    const sums = Float32Array.from({ length: rows }, (_, row) =>
      sumOf(data.subarray(row * columns, (row + 1) * columns)),
    );
    const { rel } = inference;
    inference.row_sums_first.forEach((value, row) => {
      assertParity(`row sum ${row}`, compareValue(sums[row] as number, { value, rel }));
    });
    const least = Math.min(...sums);
    expect(sums.indexOf(least)).toBe(inference.argmin);
    expect(inference.argmin).toBe(network.section.label);
    assertParity('least row sum', compareValue(least, { value: inference.row_sum_at_argmin, rel }));
    expect(sums.filter((sum) => sum < 0)).toHaveLength(inference.negative_rows);
  });
}

describeEach('cifar', (executor) => suite('cifar', executor));
describeHeavy('imagenet', (executor) => suite('imagenet', executor));
