import { expect, test } from 'vitest';
import { auditCase } from './audits.ts';
import { LARGEST_ERROR } from './case.ts';

test('an audit goes all its steps, and its loss is what the explicit form gives', async () => {
  const seen: [number, number][] = [];
  const result = await auditCase('resnet18-imagenet', 3).measure({
    calls: 2,
    executor: 'onnx',
    onProgress: ({ done, total }) => seen.push([done, total]),
  });
  expect(result).toMatchObject({ name: 'audits/resnet18-imagenet/32/3-steps', calls: 2, items: 1, engine: 'onnx' });
  expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  expect(result.per_minute).toBeCloseTo(60_000 / result.median_ms, 1);
  expect(result.rel_error).toBeLessThan(LARGEST_ERROR);
  expect(result).not.toHaveProperty('compile_ms');
});
