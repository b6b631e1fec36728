import { parseDefense } from '@leakscope/defenses';
import { classifier } from '@leakscope/models';
import { describe, expect, test } from 'vitest';
import { threatModel } from '../registry.ts';
import { type OracleKnowledge, type Requirements, requireKnowledge } from './threat.ts';
import type { InterceptedUpdate } from './update.ts';

const update: InterceptedUpdate = {
  update: new Map(),
  weights: new Map(),
  model: classifier('lenet', { classes: 4, resolution: 32 }),
  batchSize: 2,
  round: 0,
  algorithm: 'fedsgd',
};
const plan = await parseDefense('clip:bound=4');

const check = (requires: Requirements, threat: Parameters<typeof threatModel>[0], oracle?: OracleKnowledge) => () =>
  requireKnowledge({ name: 'test', requires }, threatModel(threat), update, oracle);
const refusal = (reason: string) =>
  expect.objectContaining({
    code: 'ATTACK_REFUSED',
    details: expect.objectContaining({ attack: 'test', reason: expect.stringContaining(reason) }),
  });

describe('requireKnowledge', () => {
  test('lets through what the threat model grants', () => {
    expect(check({}, {})).not.toThrow();
    expect(check({}, { defense: 'blind' })).not.toThrow();
    expect(check({ labels: 'known', largestBatch: 2 }, { labels: 'known' }, { labels: [0, 3] })).not.toThrow();
    expect(check({}, { defense: 'oracle' }, { defense: plan })).not.toThrow();
  });

  test.each<[string, Requirements, Parameters<typeof threatModel>[0], OracleKnowledge | undefined]>([
    ['needs threat.labels=known', { labels: 'known' }, {}, undefined],
    ['at most 1 example', { largestBatch: 1 }, {}, undefined],
    ['labels are known but not given', {}, { labels: 'known' }, undefined],
    ['1 label(s) are given for a batch of 2', {}, { labels: 'known' }, { labels: [0] }],
    ['label 4 is not one of 4', {}, { labels: 'known' }, { labels: [0, 4] }],
    ['no defence is told', {}, { defense: 'oracle' }, undefined],
  ])('refuses an attack that would need more: %s', (reason, requires, threat, oracle) => {
    expect(check(requires, threat, oracle)).toThrow(refusal(reason));
  });

  test.each<[string, Parameters<typeof threatModel>[0], OracleKnowledge]>([
    ['labels are given but not known', {}, { labels: [0, 1] }],
    ['threat.defense is not oracle', { defense: 'estimated' }, { defense: plan }],
  ])('refuses knowledge that the threat model does not grant: %s', (reason, threat, oracle) => {
    expect(check({}, threat, oracle)).toThrow(refusal(reason));
  });
});
