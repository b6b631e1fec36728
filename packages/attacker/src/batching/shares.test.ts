import { expect, test } from 'vitest';
import { updatesTogether } from './shares.ts';

test('on a GPU more updates are tried in a graph', async () => {
  expect(await updatesTogether('onnx')).toEqual([1, 2, 4]);
  expect(await updatesTogether('tensorflow')).toEqual([1, 2, 4]);
  for (const gpu of ['onnx-webgpu', 'onnx-cuda'] as const) {
    expect(await updatesTogether(gpu)).toEqual([1, 2, 4, 8, 16]);
  }
});
