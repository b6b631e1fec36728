import { openDataset } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decoysOf, retrieve } from './retrieval.ts';
import { fisherP } from './significance.ts';

const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 30, clients: 120, evaluation: 60 } });

it('decoys: all that the sampling rule could have drawn, never seen by the generator, never audited', () => {
  const audited = new Set(faces.partition('clients').slice(0, 10));
  const decoys = decoysOf(faces, { label: 1, stratum: { attribute: 'Smiling', value: true } }, audited);
  const eligible = [...faces.partition('clients'), ...faces.partition('evaluation')].filter(
    (i) => faces.label(i) === 1 && faces.attributes(i).Smiling && !audited.has(i),
  );
  expect(decoys).toEqual(eligible);
  expect(decoysOf(faces, { label: 0 }, audited).every((i) => faces.label(i) === 0 && !audited.has(i))).toBe(true);
  const publicFaces = new Set(faces.partition('public'));
  expect(decoysOf(faces, { label: 0 }, new Set()).some((i) => publicFaces.has(i))).toBe(false);
});

const face = (value: number): Float32Array => new Float32Array(3 * 32 * 32).fill(value);

it('ranks by the mean distance over all reconstructions', () => {
  const decoys = [face(0.2), face(0.5), face(-1)];
  expect(retrieve(face(0.1), decoys, [[face(0.1)]])).toEqual({ rank: 1, decoys: 3, p: 1 / 4 });
  expect(retrieve(face(0.1), decoys, [[face(0.45)]])).toEqual({ rank: 3, decoys: 3, p: 3 / 4 });
  // Once right, once wrong: (0 + .16) / 2 against .2: (.01 + .09) / 2 and .5: (.16 + 0) / 2.
  expect(retrieve(face(0.1), decoys, [[face(0.1)], [face(0.5)]])).toMatchObject({ rank: 3 });
  expect(retrieve(face(0.1), decoys, [])).toEqual({ rank: null, decoys: 3, p: 1 });
});

it('judges a batch by its nearest image, for the victim and every decoy alike', () => {
  const shown = [[face(0.9), face(0.1)]];
  expect(retrieve(face(0.1), [face(0.9), face(0.4)], shown)).toMatchObject({ rank: 2, p: 2 / 3 });
});

it('compares at 32 pixels a side', () => {
  const large = (value: number) => new Float32Array(3 * 64 * 64).map((_, i) => value + (i % 2 === 0 ? 0.4 : -0.4));
  const smooth = new Float32Array(3 * 64 * 64).fill(0.3);
  // Fine texture averages out: the checked image is as near as a smooth one of the same mean.
  expect(retrieve(large(0.3), [smooth.map((x) => x + 0.01)], [[smooth]])).toMatchObject({ rank: 1 });
});

/** 8 pixels a side, for speed. */
function coarse(image: Float32Array): Float32Array {
  return Float32Array.from({ length: 192 }, (_, i) => image[4 * (i % 8) + 128 * Math.trunc(i / 8)] as number);
}

it('finds nothing in a random face: p-values are valid and Fisher rejects 5 %', async () => {
  const pool = [...faces.partition('clients'), ...faces.partition('evaluation')].filter((i) => faces.label(i) === 0);
  const images = await Promise.all(pool.map(async (i) => coarse((await faces.example(i)).image)));
  const random = seeded('null attack');
  const trials = 1000;
  let rejected = 0;
  const ps: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const mixed = random.shuffle(images);
    // Victims and what is shown in place of a reconstruction are drawn by the same rule, independently of each other.
    const [first, second, shownFirst, shownSecond, ...rest] = mixed as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const decoys = (rest as Float32Array[]).slice(0, 80);
    const own = [retrieve(first, decoys, [[shownFirst]]), retrieve(second, decoys, [[shownSecond]])].map(({ p }) => p);
    ps.push(...own);
    if (fisherP(own) <= 0.05) rejected++;
  }
  // Discrete p-values make Fisher a little conservative, never the other way.
  expect(rejected / trials).toBeLessThan(0.075);
  expect(rejected / trials).toBeGreaterThan(0.02);
  expect(Math.abs(ps.filter((p) => p <= 0.2).length / ps.length - 0.2)).toBeLessThan(0.04);
  expect(Math.abs(ps.filter((p) => p <= 0.6).length / ps.length - 0.6)).toBeLessThan(0.05);
});

it('rank and p-value agree', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(value, value, fc.array(value, { minLength: 1, maxLength: 12 }), (truth, shown, others) => {
      const { rank, decoys, p } = retrieve(face(truth), others.map(face), [[face(shown)]]);
      expect(decoys).toBe(others.length);
      expect(p).toBeCloseTo((rank as number) / (1 + decoys), 12);
    }),
    { numRuns: 40 },
  );
});
