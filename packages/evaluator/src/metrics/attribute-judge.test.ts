import { openDataset } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { LEAST_BALANCED_ACCURACY, trainJudge } from './attribute-judge.ts';

/** 8x8 images whose left half is bright where `bright`, and that show nothing of `coin`. */
function examples(n: number, seed: number) {
  const random = seeded(seed);
  return Array.from({ length: n }, () => {
    const attributes = { bright: random.uniform() < 0.2, coin: random.uniform() < 0.5, never: false };
    const image = Float32Array.from(
      { length: 192 },
      (_, i) => 0.3 * random.normal() + (attributes.bright && i % 8 < 4 ? 0.5 : 0),
    );
    return { image, attributes };
  });
}

it('counts the attributes that it can read on held-out faces, and no other', () => {
  const judge = trainJudge(examples(600, 1), ['bright', 'coin', 'never'], 1);
  expect(judge.reliable).toEqual(['bright']);
  expect(judge.accuracy.bright).toBeGreaterThan(0.95);
  expect(judge.accuracy.coin).toBeLessThan(LEAST_BALANCED_ACCURACY);
  expect(judge.accuracy).not.toHaveProperty('never');
  const fresh = examples(200, 2);
  const agreement = fresh.map(({ image, attributes }) => judge.agreement(image, attributes) as number);
  expect(agreement.reduce((a, b) => a + b, 0) / 200).toBeGreaterThan(0.95);
  // The rare attribute is not simply denied.
  const rare = fresh.filter(({ attributes }) => attributes.bright);
  expect(rare.filter(({ image }) => judge.read(image).bright).length / rare.length).toBeGreaterThan(0.9);
});

it('is silent where nothing can be read', () => {
  const judge = trainJudge(examples(40, 3), ['coin'], 1);
  expect(judge.reliable).toEqual([]);
  expect(judge.agreement(new Float32Array(192), { coin: true })).toBeNull();
});

it('reads synthetic faces', async () => {
  const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 160, clients: 1, evaluation: 1 } });
  const sample = await Promise.all(faces.partition('public').map((i) => faces.example(i)));
  const judge = trainJudge(sample, ['Male', 'Long_Hair', 'Wavy_Hair'], 1);
  expect(judge.reliable).toContain('Male');
  expect(judge.reliable).toContain('Long_Hair');
});
