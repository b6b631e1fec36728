import { seeded } from '@leakscope/shared/random';
import { tensor } from '@leakscope/shared/tensors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeightedSum } from './weighted-mean.ts';

const update = (...values: number[]) => new Map([['w', tensor([values.length], Float32Array.from(values))]]);

test('weights by examples', () => {
  const mean = new WeightedSum();
  mean.add(update(1, 10), 1);
  mean.add(update(4, -2), 3);
  expect([...(mean.result().get('w')?.data ?? [])]).toEqual([3.25, 1]);
});

test('equals the mean over all examples for any split among clients', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), fc.nat(), (sizes, seed) => {
      const random = seeded(seed);
      const mean = new WeightedSum();
      let total = 0;
      let count = 0;
      for (const size of sizes) {
        const examples = [...random.normals(size)];
        mean.add(update(examples.reduce((a, b) => a + b, 0) / size), size);
        total += examples.reduce((a, b) => a + b, 0);
        count += size;
      }
      expect(mean.result().get('w')?.data[0]).toBeCloseTo(total / count, 5);
    }),
  );
});

test('gives the same bits for the same order', () => {
  const [a, b] = [0, 1].map(() => {
    const random = seeded(3);
    const mean = new WeightedSum();
    for (let k = 1; k < 6; k++) mean.add(update(...random.normals(50)), k);
    return mean.result().get('w')?.data;
  });
  expect(a).toEqual(b);
});
