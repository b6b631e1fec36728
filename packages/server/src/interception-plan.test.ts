import { resolveExperiment } from '@leakscope/shared/config';
import { wireDigest } from '@leakscope/shared/digests';
import { expect, test } from 'vitest';
import { dueUpdates, planInterception } from './interception-plan.ts';
import type { Report } from './report.ts';
import { schedule } from './schedule.ts';

const { clients } = resolveExperiment({
  clients: [
    { id: 'none', auditVictims: 2 },
    { id: 'noise', defense: 'noise:sigma=0.1', auditVictims: 1 },
    { id: 'control', swapWith: 'none', auditVictims: 2 },
    { id: 'off', auditVictims: 0 },
  ],
});
const report = (clientId: string): Report => ({
  clientId,
  round: 0,
  digest: wireDigest(Buffer.from(clientId)),
  bytes: 4,
  encoding: 'fp32',
  tensors: 1,
  examples: 1,
  localSteps: 1,
  loss: 0,
  accuracy: 0,
  labels: [],
});
const all = clients.map(({ id }) => report(id));

test('takes the first updates of each client, and no more', () => {
  const audited = new Map<string, number>();
  const rounds = [0, 1, 2].map(() => planInterception(clients, all, audited).taken.map(({ clientId }) => clientId));
  expect(rounds).toEqual([['none', 'noise', 'control'], ['none', 'control'], []]);
});

test('a control gets its partner’s update and says so', () => {
  const { taken } = planInterception(clients, all, new Map());
  expect(taken.find(({ clientId }) => clientId === 'control')).toEqual({
    clientId: 'control',
    own: report('control'),
    report: report('none'),
    swappedWith: 'none',
  });
});

test('a control whose partner is missing is told apart, and its turn is not used up', () => {
  const audited = new Map<string, number>();
  const without = all.filter(({ clientId }) => clientId !== 'none');
  expect(planInterception(clients, without, audited).withoutPartner).toEqual(['control']);
  expect(audited.get('control')).toBeUndefined();
});

test('a client without a report in this round is asked again in the next', () => {
  const audited = new Map<string, number>();
  planInterception(clients, [], audited);
  expect(planInterception(clients, all, audited).taken.length).toBe(3);
});

test('an update is due for its own client and for a control that gets it', () => {
  const due = (audited: [string, number][]) => [...dueUpdates(clients, new Map(audited))];
  expect(due([])).toEqual(['none', 'noise']);
  const rest = [
    ['noise', 1],
    ['none', 2],
  ] as [string, number][];
  expect(due(rest)).toEqual(['none']);
  expect(due([...rest, ['control', 2]])).toEqual([]);
});

test('rounds are counted over all stages', () => {
  const experiment = resolveExperiment({
    clients: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    stages: [
      { name: 'before', rounds: 2, serverLearningRate: 0 },
      { name: 'training', rounds: 3, audit: false, clients: ['c', 'a'] },
    ],
  });
  const rounds = schedule(experiment);
  expect(rounds.map(({ round, stage, position }) => `${round} ${stage} ${position}`)).toEqual([
    '0 before 0',
    '1 before 1',
    '2 training 0',
    '3 training 1',
    '4 training 2',
  ]);
  expect(rounds[1]?.training.serverLearningRate).toBe(0);
  expect(rounds[1]?.clients).toEqual(['a', 'b', 'c']);
  expect(rounds[4]).toMatchObject({ audit: false, rounds: 3, clients: ['a', 'c'] });
});
