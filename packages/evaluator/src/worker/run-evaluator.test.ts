import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientShards, openExperimentData } from '@leakscope/data';
import { classifier, generator, saveWeights } from '@leakscope/models';
import { resolveExperiment } from '@leakscope/shared/config';
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import { createLogger } from '@leakscope/shared/log';
import { seeded } from '@leakscope/shared/random';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import { type AttackJob, jobKey, openStore, stripTimes, writeTruth } from '@leakscope/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleDetails } from '../record.fixture.ts';
import type { LeakRecord } from '../record.ts';
import { summariseClients } from '../statistics/summary.ts';
import { detailsOf } from './committed.ts';
import { type EvaluationProgress, runEvaluator } from './run-evaluator.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'leakscope-evaluator-'));
  const model = generator('ggl-wgan32');
  await saveWeights(join(home, 'gan.safetensors'), model, model.initialise(seeded(1)));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const experiment = resolveExperiment({
  seed: 5,
  data: { source: 'synthetic-faces', sizes: { public: 80, clients: 50, evaluation: 30 } },
  shards: { kind: 'attribute', attribute: 'Smiling' },
  model: { arch: 'lenet', classes: 2 },
  stages: [{ name: 'untrained', rounds: 3, audit: true }],
  clients: [{ id: 'open' }, { id: 'shut', defense: 'noise:sigma=0.1' }, { id: 'swapped', swapWith: 'open' }],
  attack: { name: 'ggl', generator: 'gan.safetensors' },
  evaluation: { ceilingSteps: 2, priorSamples: 4 },
});
const model = classifier('lenet', { classes: 2, resolution: 32 });
const digest = (k: number): WireDigest => `sha256:${k.toString(16).padStart(64, '0')}` as WireDigest;

/** A finished run of three rounds: `open` leaks its faces nearly whole, `shut` fails in its last round, `swapped` shows faces of `open`. */
async function madeUpRun(name: string, order: 'forward' | 'backward'): Promise<string> {
  const runDir = join(home, name);
  const store = openStore(runDir, 'server');
  store.runs.begin({ id: name, name });
  const weightsDigest = await store.blobs.put(encodeSafetensors(model.initialise(seeded(2))), 'safetensors');
  const dataset = await openExperimentData(experiment);
  const dealt = clientShards(experiment, dataset);
  const face = async (client: string, k: number) => dataset.example(dealt.get(client)?.indices[k] as number);
  const work: { job: AttackJob; commit: (() => Promise<void>) | null }[] = [];
  for (let round = 0; round < 3; round++) {
    for (const [c, clientId] of ['open', 'shut', 'swapped'].entries()) {
      const ownDigest = digest(1 + 10 * round + c);
      // `open` holds the same face in rounds 0 and 1.
      const own = await face(clientId, clientId === 'open' ? Math.max(0, round - 1) : round);
      await writeTruth(store.directory.truth, {
        round,
        stage: 'untrained',
        clientId,
        updateDigest: ownDigest,
        shape: [3, 32, 32],
        examples: [own],
      });
      const job: AttackJob = {
        key: jobKey({ round, clientId, attackIndex: 0 }),
        round,
        stageIndex: 0,
        stage: 'untrained',
        clientId,
        attackIndex: 0,
        attack: 'ggl',
        updateDigest: ownDigest as string as BlobDigest,
        ownDigest,
        weightsDigest,
        arch: 'lenet',
        classes: 2,
        batchSize: 1,
        algorithm: 'fedsgd',
        batchNorm: 'frozen',
      };
      const source = clientId === 'swapped' ? await face('open', 5 + round) : own;
      const noise = seeded(round, clientId).normals(3072);
      const image = source.image.map((x, i) => x + (clientId === 'shut' ? 0.9 : 0.05) * (noise[i] as number));
      const bytes = encodeSafetensors(new Map([['images', { shape: [1, 3, 32, 32], data: image }]]));
      const commit = async () => {
        await store.reconstructions.commit(job.key, bytes, sampleDetails({ labels: [source.label] }));
      };
      work.push({ job, commit: clientId === 'shut' && round === 2 ? null : commit });
    }
  }
  if (order === 'backward') work.reverse();
  for (const { job } of work) await store.queue.add([job], ['open', 'shut', 'swapped']);
  for (;;) {
    const [lease] = await store.queue.lease('worker', 60_000);
    if (lease === undefined) break;
    const commit = work.find(({ job }) => job.key === lease.job.key)?.commit;
    if (commit) await commit().then(() => store.queue.complete(lease));
    else await store.queue.fail(lease, { code: 'ATTACK_DIVERGED', message: 'no finite loss' });
  }
  store.runs.finish();
  await store.close();
  await dataset.close();
  return runDir;
}

const run = (
  runDir: string,
  signal = new AbortController().signal,
  onProgress: (progress: EvaluationProgress) => void = () => {},
) => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  return runEvaluator({ experiment, runDir, base: home, signal, logger, onProgress });
};

it('measures a run: what leaks, what does not, what failed; and the same again whatever came first', {
  timeout: 240_000,
}, async () => {
  const first = await madeUpRun('first', 'forward');
  const followed: boolean[] = [];
  const follow = () => followed.push(existsSync(join(first, 'leaks.jsonl')));
  expect(await run(first, undefined, follow)).toEqual({ outcome: 'finished', records: 9, failures: 1 });
  // Who follows the log sees no record before its ranks are final, and each of them once.
  expect(followed).toEqual(Array(9).fill(false));
  const log = await readFile(join(first, 'leaks.jsonl'), 'utf8');
  const records = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LeakRecord);
  expect(records.map(({ round, client }) => `${round}/${client}`)).toEqual(
    [0, 1, 2].flatMap((round) => ['open', 'shut', 'swapped'].map((client) => `${round}/${client}`)),
  );
  expect(records.every(({ retrieval }) => retrieval.decoys > 0)).toBe(true);
  const [open, shut, swapped] = summariseClients(records);
  // Two distinct victims behind three reconstructions.
  expect(open).toMatchObject({ victims: 2, reconstructions: 3, failures: 0, rankFirstFraction: 1, control: false });
  expect(open?.leakAbovePrior).toBeGreaterThan(0.9);
  expect(open?.metrics.mse11).toBeCloseTo(0.0025, 3);
  expect(shut).toMatchObject({ victims: 3, failures: 1, defense: 'noise:sigma=0.1' });
  expect(swapped).toMatchObject({ control: true, victims: 3 });
  expect(swapped?.leakAbovePrior).toBeLessThan(0.1);
  expect(swapped?.p).toBeGreaterThan(0.05);

  const failed = records.find((record) => record.failed !== null) as LeakRecord;
  expect(failed).toMatchObject({
    metrics: null,
    leakAbovePrior: 0,
    shareOfCeiling: expect.toBeOneOf([0, null]),
    reconstruction: null,
  });
  expect(failed.victimRetrieval).toMatchObject({ rank: null, p: 1, reconstructions: 0 });
  const [early, later] = records.filter(({ client }) => client === 'open') as [LeakRecord, LeakRecord];
  expect(later.victimRetrieval).toEqual(early.victimRetrieval);
  expect(early.victimRetrieval.reconstructions).toBe(2);
  expect(early.details).toEqual(detailsOf(sampleDetails()));

  // Decoys: same label and stratum, clients and evaluation partitions, no audited victim.
  const dataset = await openExperimentData(experiment);
  const audited = new Set(records.map(({ victimIndex }) => victimIndex));
  for (const record of records) {
    const smiling = dataset.attributes(record.victimIndex).Smiling;
    expect(smiling).toBe(record.client !== 'shut');
    const rule = (i: number) =>
      dataset.label(i) === record.label && dataset.attributes(i).Smiling === smiling && !audited.has(i);
    const pool = [...dataset.partition('clients'), ...dataset.partition('evaluation')].filter(rule);
    expect(record.retrieval.decoys).toBe(pool.length);
  }
  const store = openStore(first, 'reader');
  for (const picture of Object.values(early.pictures)) expect(store.blobs.has(picture as BlobDigest, 'png')).toBe(true);
  await store.close();

  const second = await madeUpRun('second', 'backward');
  await run(second);
  expect(stripTimes(await readFile(join(second, 'leaks.jsonl'), 'utf8'))).toBe(stripTimes(log));
  // Stopped on the way, what there is has ranks, against the victims so far; resumed, it ends with the same bytes.
  const third = await madeUpRun('stopped', 'forward');
  const stop = new AbortController();
  const stopped = await run(third, stop.signal, ({ done }) => done === 5 && stop.abort());
  expect(stopped).toMatchObject({ outcome: 'interrupted', records: 5 });
  const partial = (await readFile(join(third, 'leaks.jsonl'), 'utf8')).trim().split('\n');
  const early5 = partial.map((line) => JSON.parse(line) as LeakRecord);
  expect(early5).toHaveLength(5);
  for (const { retrieval, client, round } of early5) {
    const final = records.find((record) => record.client === client && record.round === round) as LeakRecord;
    expect(retrieval.rank).toBeGreaterThan(0);
    expect(retrieval.decoys).toBeGreaterThanOrEqual(final.retrieval.decoys);
  }
  await run(third);
  expect(stripTimes(await readFile(join(third, 'leaks.jsonl'), 'utf8'))).toBe(stripTimes(log));
  // Once more over what is there: nothing changes.
  await run(first);
  expect(stripTimes(await readFile(join(first, 'leaks.jsonl'), 'utf8'))).toBe(stripTimes(log));
});

it('goes on after an interruption, and counts what no client shared', async () => {
  const runDir = await madeUpRun('third', 'forward');
  expect(await run(runDir, AbortSignal.abort())).toEqual({ outcome: 'interrupted', records: 0, failures: 0 });
  await rm(join(runDir, 'truth', 'shut'), { recursive: true });
  expect(await run(runDir)).toEqual({ outcome: 'finished', records: 6, failures: 0 });
});
