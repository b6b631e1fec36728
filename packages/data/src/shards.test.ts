import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDataset } from './open.ts';
import { type ShardsConfig, shards } from './shards.ts';

const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 1, clients: 300, evaluation: 1 } });
const all = faces.partition('clients');

const plans = fc.oneof(
  fc.constant<ShardsConfig>({ kind: 'iid' }),
  fc.double({ min: 0.3, max: 50, noNaN: true }).map((alpha): ShardsConfig => ({ kind: 'dirichlet', alpha })),
  fc.constantFrom('Smiling', 'Male').map((attribute): ShardsConfig => ({ kind: 'attribute', attribute })),
);

it('gives every example to exactly one client, none to nobody, and the same for the same seed', () => {
  fc.assert(
    fc.property(plans, fc.integer({ min: 2, max: 12 }), fc.integer(), (plan, clients, seed) => {
      const cut = shards(faces, { ...plan, clients }, seeded(seed));
      expect(cut.map((shard) => shard.client)).toEqual(Array.from({ length: clients }, (_, k) => k));
      expect(cut.every((shard) => shard.indices.length > 0)).toBe(true);
      expect(cut.flatMap((shard) => shard.indices).toSorted((a, b) => a - b)).toEqual(all);
      expect(shards(faces, { ...plan, clients }, seeded(seed))).toEqual(cut);
    }),
    { numRuns: 60 },
  );
});

it('another partition is dealt where it is named: its faces, all of them, and none of the clients', async () => {
  const both = await openDataset({ source: 'synthetic-faces', sizes: { public: 1, clients: 20, evaluation: 30 } });
  for (const plan of [
    { kind: 'iid' },
    { kind: 'dirichlet', alpha: 5 },
    { kind: 'attribute', attribute: 'Male' },
  ] as const) {
    const cut = shards(both, { ...plan, clients: 3, partition: 'evaluation' }, seeded(4));
    const dealt = cut.flatMap((shard) => shard.indices).toSorted((a, b) => a - b);
    expect(dealt).toEqual(both.partition('evaluation'));
  }
});

it('iid: equal parts, cut otherwise by another seed', () => {
  const cut = shards(faces, { kind: 'iid', clients: 7 }, seeded(1));
  expect(new Set(cut.map((shard) => shard.indices.length))).toEqual(new Set([42, 43]));
  expect(shards(faces, { kind: 'iid', clients: 7 }, seeded(2))).not.toEqual(cut);
});

it('dirichlet: a small alpha skews labels, a large one does not', () => {
  const skew = (alpha: number): number => {
    const cut = shards(faces, { kind: 'dirichlet', alpha, clients: 5 }, seeded(3));
    const shares = cut.map(({ indices }) => indices.filter((i) => faces.label(i) === 1).length / indices.length);
    return Math.max(...shares) - Math.min(...shares);
  };
  expect(skew(0.2)).toBeGreaterThan(0.6);
  expect(skew(1000)).toBeLessThan(0.15);
});

it('attribute: each shard is of one stratum, and says which', () => {
  for (const { client, indices, stratum } of shards(
    faces,
    { kind: 'attribute', attribute: 'Smiling', clients: 5 },
    seeded(4),
  )) {
    expect(stratum).toEqual({ attribute: 'Smiling', value: client % 2 === 0 });
    expect(indices.every((i) => faces.attributes(i).Smiling === stratum?.value)).toBe(true);
  }
});

it('refuses what cannot be cut', () => {
  const attempts: [ShardsConfig & { clients: number }, string][] = [
    [{ kind: 'iid', clients: 301 }, 'clients = 301'],
    [{ kind: 'attribute', attribute: 'Smiling', clients: 1 }, 'two clients'],
    [{ kind: 'attribute', attribute: 'Smyling', clients: 2 }, 'did you mean Smiling'],
    [{ kind: 'dirichlet', alpha: 0.001, clients: 50 }, 'shards.alpha = 0.001'],
  ];
  for (const [plan, text] of attempts) expect(() => shards(faces, plan, seeded(1))).toThrow(text);
});
