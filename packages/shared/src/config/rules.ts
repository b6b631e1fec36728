/** What must hold between keys. */
import { LeakscopeError } from '../errors.ts';
import type { Experiment } from './experiment.ts';

type Report = (path: (string | number)[], reason: string) => void;

const RULES: readonly ((experiment: Experiment, report: Report) => void)[] = [
  ({ stages }, report) => {
    for (const [i, { training }] of stages.entries()) {
      const at = (key: string) => ['stages', i, 'training', key];
      if (training.algorithm === 'fedsgd' && training.localSteps !== 1)
        report(at('localSteps'), 'fedsgd takes one local step; use fedavg');
      if (training.batchNorm === 'train' && training.batchSize < 2)
        report(at('batchSize'), 'batchNorm: train needs batches of at least 2');
    }
  },
  ({ stages, clients }, report) => {
    const ids = new Set(clients.map(({ id }) => id));
    for (const [i, { training, clients: own }] of stages.entries()) {
      const members = own === 'all' ? [...ids] : own;
      for (const [k, id] of members.entries()) {
        if (!ids.has(id)) report(['stages', i, 'clients', k], 'there is no client of this id');
        else if (members.indexOf(id) < k) report(['stages', i, 'clients', k], 'the client is listed twice');
      }
      const taking = training.clientsPerRound === 'all' ? members.length : training.clientsPerRound;
      if (taking > members.length)
        report(['stages', i, 'training', 'clientsPerRound'], `there are only ${members.length} clients`);
      else if (training.minimumReports > taking)
        report(['stages', i, 'training', 'minimumReports'], `only ${taking} clients take part in a round`);
    }
  },
  ({ stages }, report) =>
    unique(
      stages.map(({ name }) => name),
      (i) => report(['stages', i, 'name'], 'another stage has this name'),
    ),
  ({ clients }, report) =>
    unique(
      clients.map(({ id }) => id),
      (i) => report(['clients', i, 'id'], 'another client has this id'),
    ),
  ({ clients }, report) => {
    const ids = new Set(clients.map(({ id }) => id));
    for (const [i, { id, swapWith }] of clients.entries()) {
      if (swapWith === id) report(['clients', i, 'swapWith'], 'a client cannot be swapped with itself');
      else if (swapWith !== undefined && !ids.has(swapWith))
        report(['clients', i, 'swapWith'], 'there is no client of this id');
    }
  },
  ({ shards }, report) => {
    if (shards.kind === 'attribute' && shards.attribute === undefined)
      report(['shards', 'attribute'], 'kind: attribute needs one');
    if (shards.kind === 'attribute' && shards.victims === 'shared')
      report(['shards', 'victims'], 'clients that differ by an attribute cannot hold the same faces');
  },
  ({ server: { limits } }, report) => {
    if (limits.frameBytes < limits.chunkBytes + 1024)
      report(['server', 'limits', 'frameBytes'], 'must hold a chunk and 1024 bytes around it');
  },
];

function unique(names: string[], report: (index: number) => void): void {
  for (const [i, name] of names.entries()) if (names.indexOf(name) < i) report(i);
}

/** Throws CONFIG_VALUE_INVALID for the first rule that is broken. */
export function checkRules(experiment: Experiment): void {
  const report: Report = (path, reason) => {
    const value = path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      experiment,
    );
    throw new LeakscopeError('CONFIG_VALUE_INVALID', { field: path.join('.'), value, reason });
  };
  for (const rule of RULES) rule(experiment, report);
}
