/** Whole federations of real processes on drawn faces and a small model: about a second of processor time a process. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { examplesAt, runClient, runClients } from '@leakscope/client';
import { clientShards, openExperimentData } from '@leakscope/data';
import { classifier } from '@leakscope/models';
import { runServer } from '@leakscope/server';
import { type Experiment, resolveExperiment } from '@leakscope/shared/config';
import type { BlobDigest } from '@leakscope/shared/digests';
import { createLogger } from '@leakscope/shared/log';
import { readManifest } from '@leakscope/shared/manifest';
import { decodeTensors } from '@leakscope/shared/protocol';
import { decodeSafetensors } from '@leakscope/shared/safetensors';
import { digestTensors } from '@leakscope/shared/tensors';
import { openStore, truthPath } from '@leakscope/store';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Running, startPeer } from './processes.ts';

// Seconds on an idle machine; a busy one must not fail them.
vi.setConfig({ testTimeout: 240_000 });

let folder: string;
const logger = createLogger({ name: 'test', level: 'silent' });
const running: Running[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'leakscope-federation-'));
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => rm(folder, { recursive: true }));

function tiny(changes: Record<string, unknown> = {}): Experiment {
  return resolveExperiment({
    name: 'tiny',
    seed: 11,
    data: { source: 'synthetic-faces', resolution: 16, sizes: { public: 4, clients: 60, evaluation: 30 } },
    model: { arch: 'lenet', classes: 2 },
    stages: [
      { name: 'still', rounds: 1, serverLearningRate: 0 },
      { name: 'training', rounds: 2, batchSize: 4, audit: false },
    ],
    training: { learningRate: 0.1, testExamples: 30, minimumReports: 2, deadlineSeconds: 30 },
    clients: [
      { id: 'open', auditVictims: 1 },
      { id: 'noisy', defense: 'noise:sigma=0.01' },
      { id: 'control', swapWith: 'open' },
    ],
    connection: { firstRetrySeconds: 0.05, longestRetrySeconds: 0.2, giveUpSeconds: 120 },
    threads: 1,
    ...changes,
  });
}

function start(options: Record<string, unknown> & { experiment: Experiment }): Running {
  const peer = startPeer({ token: 'secret', ...options });
  running.push(peer);
  return peer;
}

async function startServer(experiment: Experiment, runDir: string, options: Record<string, unknown> = {}) {
  const server = start({ role: 'server', experiment, runDir, port: 0, ...options });
  return { server, url: await server.until<string>('listening') };
}

const startClients = (experiment: Experiment, serverUrl: string, runDir?: string) =>
  experiment.clients.map(({ id }) =>
    start({
      role: 'client',
      experiment,
      clientId: id,
      serverUrl,
      ...(runDir !== undefined && { truthDir: path.join(runDir, 'truth') }),
    }),
  );

/** What must be the same whenever the same experiment runs. */
async function outcomeOf(runDir: string) {
  const store = openStore(runDir, 'reader');
  const checkpoint = await store.checkpoints.latest();
  const result = {
    updates: store.updates.list(),
    accuracies: store.rounds.list().map(({ round, accuracy }) => [round, accuracy]),
    weights: digestTensors(decodeTensors(checkpoint?.parts.get('weights') ?? new Uint8Array())),
    next: checkpoint?.number,
    queue: await store.queue.counts(),
    state: store.runs.current()?.state,
  };
  await store.close();
  return result;
}

/** The run that nothing disturbs; the others are compared with it. */
let reference: Awaited<ReturnType<typeof outcomeOf>>;

test('runs to its end and keeps what is audited', async () => {
  const experiment = tiny();
  const runDir = path.join(folder, 'reference');
  const { server, url } = await startServer(experiment, runDir);
  const clients = startClients(experiment, url, runDir);
  expect(await server.until('outcome')).toEqual({ outcome: 'finished', rounds: 3 });
  for (const client of clients) expect(await client.until('outcome')).toBe('finished');
  reference = await outcomeOf(runDir);
  expect(reference.state).toBe('finished');
  expect(reference.next).toBe(3);
  expect(reference.queue.waiting).toBe(3);
  expect(reference.updates.map(({ round, clientId, state }) => `${round} ${clientId} ${state}`)).toEqual(
    [0, 1, 2].flatMap((round) => ['control', 'noisy', 'open'].map((id) => `${round} ${id} accepted`)),
  );
  for (const [, accuracy] of reference.accuracies) expect(accuracy).toBeGreaterThan(0);

  // The audited stage has one round: three jobs, the control's with its partner's update and its own truth.
  const store = openStore(runDir, 'attacker');
  const jobs = [];
  while ((await store.queue.peek()) !== undefined) {
    for (const { job } of await store.queue.lease('test', 10_000)) jobs.push(job);
  }
  expect(jobs.map(({ key }) => key)).toEqual(['0/open/0', '0/noisy/0', '0/control/0']);
  const [open, noisy, control] = jobs;
  expect(control?.updateDigest).toBe(open?.updateDigest);
  expect(control?.ownDigest).not.toBe(open?.ownDigest);
  expect(noisy?.updateDigest).not.toBe(open?.updateDigest);
  expect(open).toMatchObject({ arch: 'lenet', classes: 2, resolution: 16, batchSize: 1, algorithm: 'fedsgd' });
  expect(open).not.toHaveProperty('labels');
  expect(open).not.toHaveProperty('oracleDefense');
  const blob = async (digest?: BlobDigest) =>
    decodeSafetensors(await store.blobs.get(digest as BlobDigest, 'safetensors')).tensors;
  const model = classifier('lenet', { classes: 2, resolution: 16 });
  expect([...(await blob(open?.updateDigest)).keys()].sort()).toEqual(model.parameters.map(({ name }) => name).sort());
  expect(digestTensors(await blob(open?.weightsDigest))).toBe((await readManifest(runDir)).digests.weights);
  await store.close();

  // The truth lies under each client's own upload: the examples at the head of its seeded order.
  const dataset = await openExperimentData(experiment);
  for (const job of jobs) {
    const [first] = examplesAt(
      {
        seed: experiment.seed,
        clientId: job.clientId,
        shard: clientShards(experiment, dataset).get(job.clientId)?.indices ?? [],
      },
      0,
      1,
    );
    const truth = JSON.parse(
      await readFile(truthPath(path.join(runDir, 'truth'), job.clientId, job.ownDigest), 'utf8'),
    );
    expect(truth).toMatchObject({ round: 0, clientId: job.clientId, examples: [{ index: first }] });
  }
  await dataset.close();
});

test('a server and a client that are killed go on, and everything comes out the same', async () => {
  const experiment = tiny();
  const runDir = path.join(folder, 'killed');
  const { server, url } = await startServer(experiment, runDir);
  const [first, ...others] = startClients(experiment, url, runDir) as [Running, ...Running[]];
  await server.until('progress');
  server.child.kill('SIGKILL');
  first.child.kill('SIGKILL');
  expect(await server.ended).toBe('SIGKILL');
  await first.ended;
  const truthDir = path.join(runDir, 'truth');
  const back = start({ role: 'client', experiment, clientId: 'open', serverUrl: url, truthDir });
  const { server: again } = await startServer(experiment, runDir, { port: Number(new URL(url).port) });
  expect(await again.until('outcome')).toEqual({ outcome: 'finished', rounds: 3 });
  for (const client of [back, ...others]) expect(await client.until('outcome')).toBe('finished');
  expect(await outcomeOf(runDir)).toEqual(reference);
});

test('a stop leaves a run that goes on to the same end; another experiment may not', async () => {
  const experiment = tiny();
  const runDir = path.join(folder, 'stopped');
  const { server, url } = await startServer(experiment, runDir);
  const clients = startClients(experiment, url);
  await server.until('progress');
  server.child.kill('SIGTERM');
  expect(await server.until('outcome')).toMatchObject({ outcome: 'interrupted' });
  expect(await server.ended).toBe(0);
  await expect(
    runServer({ experiment: tiny({ seed: 12 }), runDir, token: 'secret', signal: AbortSignal.timeout(10_000), logger }),
  ).rejects.toMatchObject({ code: 'SERVER_RUN_MISMATCH' });

  const { server: again } = await startServer(experiment, runDir, { port: Number(new URL(url).port) });
  expect(await again.until('outcome')).toEqual({ outcome: 'finished', rounds: 3 });
  for (const client of clients) expect(await client.until('outcome')).toBe('finished');
  expect(await outcomeOf(runDir)).toEqual(reference);
  // Nobody opted in: no truth left a client.
  await expect(readdir(path.join(runDir, 'truth'))).rejects.toThrow('ENOENT');
});

describe('in one process', () => {
  /** A server here; `url` once it listens. */
  function serve(experiment: Experiment, patience = {}) {
    const stop = new AbortController();
    const listening = Promise.withResolvers<string>();
    const done = runServer({
      experiment,
      runDir: path.join(folder, experiment.name),
      token: 'secret',
      patience,
      signal: stop.signal,
      logger,
      onListening: ({ url }) => listening.resolve(url),
    });
    return { url: listening.promise, done, stop };
  }

  const join = (experiment: Experiment, clientId: string, serverUrl: string, token = 'secret') =>
    runClient({ experiment, clientId, serverUrl, token, signal: AbortSignal.timeout(120_000), logger });

  test('FedAvg with training batch norm moves parameters and running statistics alike', async () => {
    const experiment = tiny({
      name: 'fedavg',
      data: { source: 'synthetic-faces', resolution: 8, sizes: { public: 4, clients: 24, evaluation: 8 } },
      model: { arch: 'resnet18-cifar', classes: 2 },
      stages: [{ name: 'only', rounds: 1, algorithm: 'fedavg', batchNorm: 'train', batchSize: 4, localSteps: 2 }],
      training: { learningRate: 0.1, testExamples: 0 },
      clients: { count: 1, id: 'c' },
    });
    const { url, done } = serve(experiment);
    const clients = experiment.clients.map(async ({ id }) => join(experiment, id, await url));
    expect(await done).toEqual({ outcome: 'finished', rounds: 1 });
    expect(await Promise.all(clients)).toEqual(['finished']);

    const store = openStore(path.join(folder, 'fedavg'), 'attacker');
    const jobs = [];
    while ((await store.queue.peek()) !== undefined) {
      for (const { job } of await store.queue.lease('test', 10_000)) jobs.push(job);
    }
    expect(jobs[0]).toMatchObject({ algorithm: 'fedavg', batchNorm: 'train', local: { steps: 2, learningRate: 0.1 } });
    const read = async (digest?: BlobDigest) =>
      decodeSafetensors(await store.blobs.get(digest as BlobDigest, 'safetensors')).tensors;
    const before = await read(jobs[0]?.weightsDigest);
    const update = await read(jobs[0]?.updateDigest);
    const checkpoint = await store.checkpoints.latest();
    const after = decodeTensors(checkpoint?.parts.get('weights') ?? new Uint8Array());
    for (const name of ['conv1.weight', 'layer4.1.bn2.weight', 'bn1.running_mean', 'layer4.1.bn2.running_var']) {
      const at = (tensors: typeof after) => tensors.get(name)?.data[3] ?? Number.NaN;
      expect(at(update)).not.toBe(0);
      expect(at(after)).toBeCloseTo(at(before) + at(update), 6);
    }
    await store.close();
  });

  test('a client whose local part fails says so and ends, and the rounds go on without it', async () => {
    // LeNet has no fc.weight that Soteria could mask.
    const experiment = tiny({
      name: 'failing',
      clients: [{ id: 'a' }, { id: 'b' }, { id: 'broken', defense: 'soteria:fraction=0.5' }],
    });
    const { url, done } = serve(experiment);
    const [a, b, broken] = await Promise.allSettled(
      ['a', 'b', 'broken'].map(async (id) => join(experiment, id, await url)),
    );
    expect(broken).toMatchObject({ status: 'rejected', reason: { code: 'TENSORS_MISSING' } });
    expect([a, b]).toEqual([
      { status: 'fulfilled', value: 'finished' },
      { status: 'fulfilled', value: 'finished' },
    ]);
    expect(await done).toEqual({ outcome: 'finished', rounds: 3 });
    const { updates } = await outcomeOf(path.join(folder, 'failing'));
    expect(updates.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  test('a stage of some clients calls nobody else, and the others are there for the next', async () => {
    const experiment = tiny({
      name: 'some',
      stages: [
        { name: 'all', rounds: 1, serverLearningRate: 0 },
        { name: 'some', rounds: 2, clients: ['control', 'open'], audit: false },
        { name: 'again', rounds: 1, serverLearningRate: 0 },
      ],
    });
    const { url, done } = serve(experiment);
    const clients = experiment.clients.map(async ({ id }) => join(experiment, id, await url));
    expect(await Promise.all(clients)).toEqual(['finished', 'finished', 'finished']);
    expect(await done).toEqual({ outcome: 'finished', rounds: 4 });
    const { updates } = await outcomeOf(path.join(folder, 'some'));
    const inRound = (k: number) => updates.filter(({ round }) => round === k).map(({ clientId }) => clientId);
    expect([0, 1, 2, 3].map((k) => inRound(k).sort())).toEqual([
      ['control', 'noisy', 'open'],
      ['control', 'open'],
      ['control', 'open'],
      ['control', 'noisy', 'open'],
    ]);
  });

  test('clients that share a process send what clients of their own processes send', async () => {
    const stages = [{ name: 'training', rounds: 2, algorithm: 'fedavg', batchSize: 4, localSteps: 2, momentum: 0.5 }];
    const digests = async (name: string, clients: (experiment: Experiment, url: string) => Promise<unknown>) => {
      const experiment = tiny({ name, stages });
      const { url, done } = serve(experiment);
      await clients(experiment, await url);
      expect(await done).toEqual({ outcome: 'finished', rounds: 2 });
      const { updates } = await outcomeOf(path.join(folder, name));
      return updates.map(({ clientId, round, digest }) => `${round} ${clientId} ${digest}`).sort();
    };
    const apart = await digests('apart', (experiment, url) =>
      Promise.all(experiment.clients.map(({ id }) => join(experiment, id, url))),
    );
    const together = await digests('together', (experiment, serverUrl) =>
      runClients({
        experiment,
        clientIds: experiment.clients.map(({ id }) => id),
        serverUrl,
        tokenOf: () => 'secret',
        signal: new AbortController().signal,
        logger,
      }),
    );
    expect(apart).toHaveLength(6);
    expect(together).toEqual(apart);
  });

  test('a round that never gets enough updates stops the server, with the reason', async () => {
    const experiment = tiny({
      name: 'diverging',
      stages: [{ name: 'only', rounds: 1, algorithm: 'fedavg', localSteps: 4, weightDecay: 1e38 }],
    });
    const { url, done } = serve(experiment, { repeats: 0 });
    const clients = experiment.clients.map(async ({ id }) => join(experiment, id, await url));
    const [server, ...ends] = await Promise.allSettled([done, ...clients]);
    expect(server).toMatchObject({ reason: { code: 'SERVER_TOO_FEW_REPORTS' } });
    for (const end of ends) expect(end).toMatchObject({ reason: { code: 'CLIENT_DIVERGED' } });
  });

  test('the wrong token, id or experiment ends a client with the reason, and the server waits on', async () => {
    const experiment = tiny({ name: 'refusing' });
    const { url, done, stop } = serve(experiment);
    const refusal = (code: string) => ({ code: 'CLIENT_REFUSED', details: { code } });
    await expect(join(experiment, 'open', await url, 'guess')).rejects.toMatchObject(refusal('SERVER_TOKEN_WRONG'));
    const strangers = tiny({ clients: [{ id: 'stranger' }, { id: 'open' }] });
    await expect(join(strangers, 'stranger', await url)).rejects.toMatchObject(refusal('SERVER_CLIENT_UNKNOWN'));
    await expect(join(tiny({ seed: 12 }), 'open', await url)).rejects.toMatchObject(
      refusal('SERVER_EXPERIMENT_MISMATCH'),
    );
    await expect(join(experiment, 'nobody', await url)).rejects.toMatchObject({ code: 'CLIENT_UNKNOWN' });
    expect(await (await fetch(`${await url}/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${await url}/status`)).status).toBe(401);
    const status = await fetch(`${await url}/status`, { headers: { authorization: 'Bearer secret' } });
    expect(await status.json()).toMatchObject({ run: { state: 'running' }, rejected: 0, queue: { waiting: 0 } });
    stop.abort();
    expect(await done).toEqual({ outcome: 'interrupted', rounds: 0 });
  });
});
