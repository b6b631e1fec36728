/**
 * The first wall: the attack never sees the truth. A federation of real processes is audited; then the dataset, the truth,
 * the experiment with the clients' seeds and everything else of the run are removed but what a server intercepts, and the
 * queue is run again by a process that may read nothing but that and the program itself. The hashes must be the same.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttackInput } from '@leakscope/attacker';
import { openDataset } from '@leakscope/data';
import { encodePng } from '@leakscope/evaluator';
import { generator, saveWeights } from '@leakscope/models';
import { type Experiment, resolveExperiment } from '@leakscope/shared/config';
import { seeded } from '@leakscope/shared/random';
import { type AttackJob, openStore } from '@leakscope/store';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { type Running, startPeer } from '../federation/processes.ts';

const SEED = 987_654_321;
const workspace = fileURLToPath(new URL('../../', import.meta.url));
const worker = join(workspace, 'packages/attacker/src/worker/worker.fixture.ts');

let folder: string;
const running: Running[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leakscope-walls-'));
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Forty drawn faces as files, so that there is a dataset that can be taken away. */
async function writeFaces(path: string): Promise<void> {
  const faces = await openDataset({ source: 'synthetic-faces', seed: 5 });
  for (const index of faces.partition('clients').slice(0, 40)) {
    const { image, label } = await faces.example(index);
    await mkdir(join(path, String(label)), { recursive: true });
    await writeFile(join(path, String(label), `${index}.png`), await encodePng(image, 32));
  }
  await faces.close();
}

async function experimentOf(): Promise<{ experiment: Experiment; data: string; prior: string }> {
  const data = join(folder, 'faces');
  await writeFaces(data);
  const prior = join(folder, 'generator.safetensors');
  const architecture = generator('ggl-wgan32');
  await saveWeights(prior, architecture, architecture.initialise(seeded('walls')));
  const experiment = resolveExperiment({
    name: 'walls',
    seed: SEED,
    data: { source: 'image-folder', path: data, resolution: 32, fractions: { public: 0.1, clients: 0.6 } },
    model: { arch: 'lenet', classes: 2 },
    stages: [{ name: 'still', rounds: 2, serverLearningRate: 0 }],
    training: { testExamples: 4, minimumReports: 2, deadlineSeconds: 60 },
    clients: [{ id: 'open' }, { id: 'clipped', defense: 'clip:bound=0.5' }, { id: 'control', swapWith: 'open' }],
    attacks: [{ name: 'ggl', params: { generator: prior, steps: 8 } }],
    threads: 1,
  });
  return { experiment, data, prior };
}

async function federate(experiment: Experiment, runDir: string): Promise<void> {
  const start = (options: Record<string, unknown>) => {
    const peer = startPeer({ token: 'secret', experiment, ...options });
    running.push(peer);
    return peer;
  };
  const server = start({ role: 'server', runDir, port: 0 });
  const serverUrl = await server.until<string>('listening');
  const truthDir = join(runDir, 'truth');
  const clients = experiment.clients.map(({ id }) => start({ role: 'client', clientId: id, serverUrl, truthDir }));
  expect(await server.until('outcome')).toMatchObject({ outcome: 'finished' });
  for (const client of clients) expect(await client.until('outcome')).toBe('finished');
}

/** Runs the queue in a process of its own that gets the attack's part of the experiment alone. */
async function attack(runDir: string, { attacks, queue }: Experiment, flags: readonly string[] = []): Promise<void> {
  const options = JSON.stringify({ runDir, worker: 'walled', attacks, queue });
  const child = spawn(process.execPath, ['--no-warnings', ...flags, worker, options], { cwd: workspace, env: {} });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, output).toBe(0);
}

async function hashesOf(runDir: string): Promise<[string, string][]> {
  const store = openStore(runDir, 'reader');
  const hashes = store.reconstructions.list().map(({ jobKey, digest }): [string, string] => [jobKey, digest]);
  await store.close();
  return hashes;
}

/** What a server intercepts, in an empty folder: the jobs, and the updates and weights that they name. */
async function keepInterceptedOnly(from: string, to: string): Promise<AttackJob[]> {
  const source = openStore(from, 'reader');
  const jobs = (await source.queue.finished()).map(({ job }) => job);
  const target = openStore(to, 'server');
  target.runs.begin({ id: 'walls', name: 'walls' });
  for (const job of jobs) {
    for (const digest of [job.updateDigest, job.weightsDigest]) {
      await cp(source.blobs.path(digest, 'safetensors'), target.blobs.path(digest, 'safetensors'));
    }
    await target.queue.add([job], []);
  }
  target.runs.finish();
  await source.close();
  await target.close();
  return jobs;
}

test('without dataset, truth and seeds, the attacks give the same reconstructions', async () => {
  const { experiment, data, prior } = await experimentOf();
  const run = join(folder, 'run');
  await federate(experiment, run);
  await attack(run, experiment);
  const before = await hashesOf(run);
  expect(before.map(([key]) => key)).toEqual(
    [0, 1].flatMap((round) => ['clipped', 'control', 'open'].map((id) => `${round}/${id}/0`)),
  );
  expect(new Set(before.map(([, hash]) => hash)).size).toBe(4);

  const bare = join(folder, 'bare');
  const jobs = await keepInterceptedOnly(run, bare);
  expect((await readdir(join(run, 'truth'))).sort()).toEqual(['clipped', 'control', 'open']);
  await rm(data, { recursive: true });
  await rm(run, { recursive: true });
  expect([data, run].some(existsSync)).toBe(false);
  const told = JSON.stringify([jobs, experiment.attacks, experiment.queue]);
  expect(told).not.toContain(String(SEED));
  expect(told).not.toContain(data);

  const readable = [workspace, bare, prior].map((path) => `--allow-fs-read=${path}`);
  const flags = ['--permission', '--allow-addons', '--allow-worker', `--allow-fs-write=${bare}`, ...readable];
  await attack(bare, experiment, flags);
  expect(await hashesOf(bare)).toEqual(before);
}, 240_000);

test('by type, an attack is given the update, the threat model and what that lets it be told: nothing else', () => {
  expectTypeOf<keyof AttackInput>().toEqualTypeOf<'update' | 'threat' | 'oracle'>();
  expectTypeOf<keyof NonNullable<AttackInput['oracle']>>().toEqualTypeOf<'defense' | 'labels'>();
  expectTypeOf<keyof AttackInput['update']>().toEqualTypeOf<
    'update' | 'weights' | 'model' | 'batchSize' | 'round' | 'algorithm' | 'local' | 'batchNorm'
  >();
});
