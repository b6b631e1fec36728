import { parseExperiment } from '@leakscope/shared/config';
import { expect, it } from 'vitest';
import { clientShards } from './experiment-data.ts';
import { openDataset } from './open.ts';

const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 1, clients: 40, evaluation: 1 } });
const CLIENTS = `
clients:
  - { id: open, defense: none, auditVictims: 3 }
  - { id: noisy, defense: 'noise:sigma=0.1', auditVictims: 2 }
  - { id: idle, defense: none, auditVictims: 0 }
  - { id: control, defense: none, swapWith: open }
`;
const shardsOf = (stages: string, set: string[] = []) =>
  clientShards(parseExperiment(`seed: 4\nshards: { victims: shared }\nstages: ${stages}${CLIENTS}`, { set }), faces);
const victims = (stages: string, set?: string[]) => shardsOf(stages, set).get('open')?.victims ?? [];

it('gives every audited client the same faces, which nobody else holds, a control neither', () => {
  const shards = shardsOf('[{ name: a, rounds: 5 }]');
  const [open, noisy, idle, control] = ['open', 'noisy', 'idle', 'control'].map((id) => shards.get(id));
  expect(open?.victims).toHaveLength(3);
  expect(noisy?.victims).toEqual(open?.victims);
  expect(idle?.victims).toEqual([]);
  expect(control?.victims).toEqual([]);
  const shared = new Set(open?.victims);
  const own = [open, noisy, idle, control].map((shard) => shard?.indices.filter((index) => !shared.has(index)) ?? []);
  expect(open?.indices.filter((index) => shared.has(index))).toHaveLength(3);
  expect([...own.flat(), ...shared].toSorted((a, b) => a - b)).toEqual(faces.partition('clients'));
  expect(own[2]).toEqual(idle?.indices);
  expect(own[3]).toEqual(control?.indices);
});

it('draws them by the seed, and leaves shards as they are without the key', () => {
  const stages = '[{ name: a, rounds: 5 }]';
  expect(victims(stages)).toEqual(victims(stages));
  expect(victims(stages, ['seed=5'])).not.toEqual(victims(stages));
  const own = shardsOf(stages, ['shards.victims=own']);
  expect([...own.values()].flatMap(({ indices }) => indices)).toHaveLength(40);
  expect(own.get('open')?.victims).toEqual([]);
});

it('takes as many as are behind the audited updates of the largest stage', () => {
  expect(victims('[{ name: a, rounds: 2 }, { name: b, rounds: 9, audit: false }]')).toHaveLength(2);
  expect(
    victims('[{ name: a, rounds: 5, algorithm: fedavg, localSteps: 2, batchSize: 4, clients: [open, noisy] }]'),
  ).toHaveLength(24);
  expect(victims('[{ name: a, rounds: 5, clients: [noisy, idle] }]')).toHaveLength(2);
  // Drawn for some rounds alone, a client may be audited in any of them.
  expect(victims('[{ name: a, rounds: 5, clientsPerRound: 2 }]')).toHaveLength(5);
  expect(victims('[{ name: a, rounds: 5 }]', ['clients.0.auditVictims=all'])).toHaveLength(5);
});

it('refuses what leaves a client without a face', () => {
  expect(() => shardsOf('[{ name: a, rounds: 60 }]', ['clients.0.auditVictims=all'])).toThrow(
    'client idle is left without an example of its own',
  );
});
