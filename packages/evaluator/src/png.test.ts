import { decodeImage } from '@leakscope/data';
import { expect, it } from 'vitest';
import { encodePng } from './png.ts';

it('writes planes in [-1, 1] as bytes, clamped', async () => {
  const png = await encodePng(Float32Array.of(-1, 1, 0, 0, 2, -3), 2, 1);
  const { width, height, data } = await decodeImage(png, 'a.png');
  expect([width, height, ...data]).toEqual([2, 1, 0, 128, 255, 255, 128, 0]);
  await expect(encodePng(new Float32Array(5), 2, 1)).rejects.toThrow(RangeError);
});
