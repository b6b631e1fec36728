import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AttackConfig, type QueueConfig, queueSchema, threatSchema } from '@leakscope/shared/config';
import { type BlobDigest, blobDigest, wireDigest } from '@leakscope/shared/digests';
import { createLogger } from '@leakscope/shared/log';
import { keptMeasurements, type Measurements } from '@leakscope/shared/measurements';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { type AttackJob, jobKey, openStore } from '@leakscope/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeVictim, type Victim } from '../attacks/victim.fixture.ts';
import { type AttackerOptions, runAttacker } from './run-attacker.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-attacker-'));
let victim: Victim;
beforeAll(async () => {
  victim = await makeVictim();
});
afterAll(() => {
  victim.remove();
  rmSync(folder, { recursive: true, force: true });
});

const queue: QueueConfig = queueSchema.parse({ attempts: 2, leaseSeconds: 30 });
const attacksOf = (steps: number, threat = {}): AttackConfig[] => [
  { name: 'ggl', threat: threatSchema.parse(threat), params: { generator: victim.generatorFile, steps } },
  { name: 'prior-only', threat: threatSchema.parse(threat), params: { generator: victim.generatorFile } },
];

/** A finished run with one job for each client, whose updates are the victim's gradient, scaled differently. */
async function makeRun(
  name: string,
  clients: readonly string[],
  change: (job: AttackJob, i: number) => AttackJob = (job) => job,
) {
  const runDir = join(folder, name);
  const store = openStore(runDir, 'server');
  store.runs.begin({ id: name, name });
  const put = (tensors: NamedTensors) => store.blobs.put(encodeSafetensors(tensors, {}), 'safetensors');
  const weightsDigest = await put(victim.weights);
  const jobs: AttackJob[] = [];
  for (const [i, clientId] of clients.entries()) {
    const scaled = new Map(
      [...victim.gradient].map(([key, t]) => [key, { ...t, data: t.data.map((v) => v * (1 + i)) }]),
    );
    const updateDigest = await put(scaled);
    const key = jobKey({ round: 0, clientId, attackIndex: 0 });
    const { arch, classes, resolution } = victim;
    const job: AttackJob = {
      ...{ key, round: 0, stageIndex: 0, stage: 'still', clientId, attackIndex: 0, attack: 'ggl' },
      ...{
        updateDigest,
        ownDigest: wireDigest(Buffer.from(key)),
        weightsDigest,
        arch,
        classes,
        resolution,
        batchSize: 1,
      },
      ...{ algorithm: 'fedsgd', batchNorm: 'frozen' },
    };
    jobs.push(change(job, i));
  }
  await store.queue.add(jobs, clients);
  store.runs.finish();
  await store.close();
  return runDir;
}

function optionsOf(runDir: string, steps: number, change: Partial<AttackerOptions> = {}): AttackerOptions {
  const logger = createLogger({ name: 'test', level: 'silent' });
  const signal = new AbortController().signal;
  return {
    runDir,
    attacks: attacksOf(steps),
    queue,
    engine: 'onnx',
    worker: 'w',
    signal,
    logger,
    threads: 1,
    ...change,
  };
}

async function resultsOf(runDir: string) {
  const store = openStore(runDir, 'reader');
  const digests = store.reconstructions.list().map(({ jobKey: key, digest }) => [key, digest]);
  const settled = (await store.queue.finished()).map(({ job, state, attempts, error }) => ({
    key: job.key,
    state,
    attempts,
    error,
  }));
  await store.close();
  return { digests, settled };
}

/** Starts a worker process and waits until it has come to `step`. */
async function startWorker(
  runDir: string,
  worker: string,
  steps: number,
  step: number,
  leaseSeconds: number,
  config = queue,
) {
  const options = { runDir, worker, attacks: attacksOf(steps), queue: { ...config, leaseSeconds } };
  const script = new URL('./worker.fixture.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if ((JSON.parse(line) as { step?: number }).step === step) resolve();
    });
    exited.then(() => reject(new Error(`${worker} ended before step ${step}`)), reject);
  });
  return { child, exited };
}

describe('runAttacker', () => {
  test('attacks what is queued, commits by hash, and ends when the run is over', async () => {
    const runDir = await makeRun('plain', ['a', 'b']);
    expect(await runAttacker(optionsOf(runDir, 4))).toEqual({ outcome: 'finished', done: 2, failed: 0 });
    const { settled } = await resultsOf(runDir);
    expect(settled.map(({ key, state, attempts }) => [key, state, attempts])).toEqual([
      ['0/a/0', 'done', 1],
      ['0/b/0', 'done', 1],
    ]);
    const store = openStore(runDir, 'reader');
    const record = store.reconstructions.get('0/a/0');
    expect(record?.details).toMatchObject({
      attack: 'ggl',
      labels: [victim.label],
      steps: 4,
      estimates: { gradient: 'exact' },
    });
    await store.blobs.get(record?.digest as BlobDigest, 'safetensors');
    await store.close();
  });

  test('a second run of the same queue gives the same hashes', async () => {
    const runDir = await makeRun('again', ['a', 'b']);
    await runAttacker(optionsOf(runDir, 4, { worker: 'another', onProgress: () => {} }));
    expect((await resultsOf(runDir)).digests).toEqual((await resultsOf(join(folder, 'plain'))).digests);
  });

  test('counts failures by their code, after the allowed attempts, and goes on', async () => {
    const runDir = await makeRun('failing', ['a', 'b', 'c', 'd', 'e'], (job, i) => {
      const missing = blobDigest(Buffer.from('missing'));
      const faults: Partial<AttackJob>[] = [
        { updateDigest: missing },
        { arch: 'resnet18-cifar' },
        { attack: 'another' },
        { algorithm: 'fedavg' },
        {},
      ];
      return { ...job, ...faults[i] };
    });
    expect(await runAttacker(optionsOf(runDir, 3))).toEqual({ outcome: 'finished', done: 1, failed: 8 });
    const { settled } = await resultsOf(runDir);
    expect(settled.map(({ state, attempts, error }) => [state, attempts, error?.code])).toEqual([
      ['failed', 2, 'STORE_BLOB_MISSING'],
      ['failed', 2, 'TENSORS_MISSING'],
      ['failed', 2, 'ATTACK_JOB_INVALID'],
      ['failed', 2, 'ATTACK_REFUSED'],
      ['done', 1, undefined],
    ]);
  });

  test('refuses attacks that do not exist before it takes a job', async () => {
    const runDir = await makeRun('unknown', ['a']);
    const attacks: AttackConfig[] = [{ name: 'magic', threat: threatSchema.parse({}), params: {} }];
    await expect(runAttacker(optionsOf(runDir, 3, { attacks }))).rejects.toMatchObject({ code: 'ATTACK_UNKNOWN' });
    const store = openStore(runDir, 'reader');
    expect(await store.queue.counts()).toMatchObject({ waiting: 1, leased: 0 });
    await store.close();
  });

  test('is told the defence only where the threat model says so', async () => {
    const runDir = await makeRun('oracle', ['a'], (job) => ({
      ...job,
      oracleDefense: [{ name: 'clip', params: { bound: 1 } }],
    }));
    const attacks = attacksOf(3, { defense: 'oracle' });
    expect(await runAttacker(optionsOf(runDir, 3, { attacks }))).toMatchObject({ done: 1 });
    const without = await makeRun('no-oracle', ['a']);
    expect(await runAttacker(optionsOf(without, 3, { attacks }))).toMatchObject({ done: 0, failed: 2 });
  });

  test('told to stop, it hands its job back untried; another finishes it with the same result', async () => {
    const runDir = await makeRun('stopped', ['a', 'b']);
    const stop = new AbortController();
    const stopping = optionsOf(runDir, 4, {
      signal: stop.signal,
      onProgress: ({ detail }) => {
        if (detail?.step === 2) stop.abort();
      },
    });
    expect(await runAttacker(stopping)).toEqual({ outcome: 'interrupted', done: 0, failed: 0 });
    expect(await runAttacker(optionsOf(runDir, 4))).toEqual({ outcome: 'finished', done: 2, failed: 0 });
    const { digests, settled } = await resultsOf(runDir);
    expect(digests).toEqual((await resultsOf(join(folder, 'plain'))).digests);
    expect(settled.map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  test('killed in the middle, its job is taken again once the lease is over, with the same result', async () => {
    const runDir = await makeRun('killed', ['a', 'b']);
    const { child, exited } = await startWorker(runDir, 'doomed', 4, 2, 1);
    child.kill('SIGKILL');
    await exited;
    expect(await runAttacker(optionsOf(runDir, 4))).toEqual({ outcome: 'finished', done: 2, failed: 0 });
    const { digests, settled } = await resultsOf(runDir);
    expect(digests).toEqual((await resultsOf(join(folder, 'plain'))).digests);
    expect(settled.map(({ attempts }) => attempts)).toEqual([2, 1]);
  });

  describe('updates of a round side by side', () => {
    const together = { ...queue, together: 2 };
    const reconstructionDetails = async (runDir: string) => {
      const store = openStore(runDir, 'reader');
      const records = store.reconstructions.list().map(({ details }) => details);
      await store.close();
      return records;
    };

    test('come out as alone to rounding, and say how many there were', async () => {
      const runDir = await makeRun('together', ['a', 'b', 'c']);
      expect(await runAttacker(optionsOf(runDir, 4, { queue: together }))).toMatchObject({ done: 3, failed: 0 });
      const beside = await reconstructionDetails(runDir);
      expect(beside.map((one) => one.beside)).toEqual([2, 2, 1]);
      const aloneDir = await makeRun('one-by-one', ['a', 'b', 'c']);
      await runAttacker(optionsOf(aloneDir, 4));
      for (const [i, { loss, beside: number }] of (await reconstructionDetails(aloneDir)).entries()) {
        expect(number).toBe(1);
        expect(Math.abs(Number(beside[i]?.loss) / Number(loss) - 1)).toBeLessThan(1e-6);
      }
    });

    test('a worker that is killed leaves its cohort to another, with the same result', async () => {
      const runDir = await makeRun('share-killed', ['a', 'b', 'c']);
      const { child, exited } = await startWorker(runDir, 'doomed', 4, 2, 1, together);
      child.kill('SIGKILL');
      await exited;
      expect(await runAttacker(optionsOf(runDir, 4, { queue: together }))).toMatchObject({ done: 3, failed: 0 });
      const { digests, settled } = await resultsOf(runDir);
      expect(digests).toEqual((await resultsOf(join(folder, 'together'))).digests);
      expect(settled.map(({ attempts }) => attempts)).toEqual([2, 2, 1]);
    });

    test('what was committed before a worker died stands', async () => {
      const runDir = await makeRun('committed', ['a', 'b']);
      const store = openStore(runDir, 'attacker');
      const { digest } = await store.reconstructions.commit('0/a/0', new Uint8Array([1]), {
        attack: 'ggl',
        imageShape: [3, 32, 32],
        labels: [0],
        loss: 0,
        losses: [],
        restarts: [0],
        steps: 4,
        beside: 7,
        width: 7,
        estimates: { labels: { values: [0], source: 'inferred', confidence: 1 }, gradient: 'exact' },
        params: {},
      });
      await store.close();
      expect(await runAttacker(optionsOf(runDir, 4, { queue: together }))).toMatchObject({ done: 2, failed: 0 });
      expect(new Map((await resultsOf(runDir)).digests as [string, string][]).get('0/a/0')).toBe(digest);
      expect((await reconstructionDetails(runDir)).map((one) => one.beside)).toEqual([7, 1]);
    });

    test('a job that fails takes no other with it', async () => {
      const runDir = await makeRun('share-failing', ['a', 'b', 'c'], (job, i) =>
        i === 1 ? { ...job, updateDigest: blobDigest(Buffer.from('missing')) } : job,
      );
      const wide = { ...queue, together: 3 };
      expect(await runAttacker(optionsOf(runDir, 4, { queue: wide }))).toMatchObject({ done: 2, failed: 2 });
      expect((await resultsOf(runDir)).settled.map(({ state }) => state)).toEqual(['done', 'failed', 'done']);
    });

    test('where a long attack is to choose, it measures once a machine, and the run keeps the choice', async () => {
      // The fewest evaluations for which a population is measured.
      const steps = 1000;
      const measurements = keptMeasurements(join(folder, 'measurements.json'), 'this machine');
      const first = await makeRun('measured', ['a']);
      await runAttacker(optionsOf(first, steps, { measurements }));
      const store = openStore(first, 'reader');
      const choice = store.choices.get('together/0')?.value as { size: number; seconds: Record<string, number> };
      await store.close();
      expect(Object.keys(choice.seconds)).toEqual(['1', '2', '4']);
      expect([1, 2, 4]).toContain(choice.size);
      const refusing: Measurements = { of: () => Promise.reject(new Error('measured again')) };
      const known = optionsOf(first, steps, { measurements: refusing });
      expect(await runAttacker(known)).toMatchObject({ outcome: 'finished', done: 0 });
      const second = await makeRun('measured-again', ['a']);
      const kept = JSON.parse(readFileSync(join(folder, 'measurements.json'), 'utf8')) as Record<string, unknown>;
      expect(Object.values(kept)).toEqual([choice]);
      await runAttacker(optionsOf(second, steps, { measurements }));
      const other = openStore(second, 'reader');
      expect(other.choices.get('together/0')?.value).toEqual(choice);
      await other.close();
    });
  });

  test('CMA-ES measures how many candidates share a graph, and the run keeps it', async () => {
    const params = { generator: victim.generatorFile, optimizer: 'cma-es', steps: 20, population: 50 };
    const attacks: AttackConfig[] = [{ name: 'ggl', threat: threatSchema.parse({}), params }];
    const measurements = keptMeasurements(join(folder, 'candidates.json'), 'this machine');
    const runDir = await makeRun('candidates', ['a', 'b']);
    const options = optionsOf(runDir, 20, { attacks, measurements });
    expect(await runAttacker(options)).toMatchObject({ done: 2, failed: 0 });
    const store = openStore(runDir, 'reader');
    const choice = store.choices.get('together/0')?.value as { size: number; seconds: Record<string, number> };
    const details = store.reconstructions.list().map((one) => one.details);
    await store.close();
    expect(Object.keys(choice.seconds)).toEqual(['1', '4', '13', '50']);
    for (const one of details) expect(one).toMatchObject({ beside: 1, width: choice.size });
  });

  test('renews its lease while it works, so that a long attack stays its own', async () => {
    const runDir = await makeRun('long', ['a']);
    const slow = optionsOf(runDir, 4, {
      queue: { ...queue, leaseSeconds: 0.6 },
      onProgress: () => {
        // Longer than the lease in all, in pieces that leave room for the heartbeat.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
      },
    });
    expect(await runAttacker(slow)).toEqual({ outcome: 'finished', done: 1, failed: 0 });
    expect((await resultsOf(runDir)).settled).toMatchObject([{ state: 'done', attempts: 1 }]);
  });
});
