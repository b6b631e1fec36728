import { expect, test } from 'vitest';
import { cohortSizes } from './measured-population.ts';

test('on a GPU larger cohorts are tried', async () => {
  expect(await cohortSizes('onnx')).toEqual([1, 2, 4]);
  expect(await cohortSizes('tensorflow')).toEqual([1, 2, 4]);
  for (const gpu of ['onnx-webgpu', 'onnx-cuda'] as const) {
    expect(await cohortSizes(gpu)).toEqual([1, 2, 4, 8, 16]);
  }
});
