/**
 * Peak memory of a server process against the number of its clients: `pnpm measure:server-memory 4 24`. The clients upload a
 * ResNet-18 update of 43 MiB each, all at once, in two audited rounds.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createBackoff, keepLinked, Participant } from '@leakscope/client/wire';
import { classifier } from '@leakscope/models';
import { runServer } from '@leakscope/server';
import { agreementDigest, type Experiment, resolveExperiment } from '@leakscope/shared/config';
import { createLogger } from '@leakscope/shared/log';
import { ENCODINGS, PROTOCOL_VERSION } from '@leakscope/shared/protocol';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, tensor } from '@leakscope/shared/tensors';

const [role = '', ...rest] = process.argv.slice(2);
const logger = createLogger({ name: 'memory', level: 'silent' });
const { signal } = new AbortController();
const token = 'measured';

const experimentOf = (count: number): Experiment =>
  resolveExperiment({
    name: 'memory',
    data: { source: 'synthetic-faces', resolution: 8, sizes: { public: 4, clients: 64, evaluation: 4 } },
    model: { arch: 'resnet18-cifar' },
    stages: [{ name: 'only', rounds: 2 }],
    training: { testExamples: 0, deadlineSeconds: 600, minimumReports: count },
    clients: { count },
  });

if (role === 'server') await serve(experimentOf(Number(rest[0])));
else for (const count of [role, ...rest].filter(Boolean).map(Number)) await measure(count);

/** Prints the server's address, and at its end its peak. */
async function serve(experiment: Experiment): Promise<void> {
  const runDir = mkdtempSync(join(tmpdir(), 'leakscope-memory-'));
  const onListening = ({ url }: { url: string }) => void process.stdout.write(`${url}\n`);
  await runServer({ experiment, runDir, token, signal, logger, onListening });
  process.stdout.write(`${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
  rmSync(runDir, { recursive: true });
}

async function measure(count: number): Promise<void> {
  const experiment = experimentOf(count);
  const argv = ['--no-warnings', import.meta.filename, 'server', String(count)];
  const server = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const url = (await said.next()).value as string;
  const { parameters } = classifier('resnet18-cifar', { classes: 2, resolution: 8 });
  const update: NamedTensors = new Map(
    parameters.map(({ name, shape }) => [name, tensor(shape, new Float32Array(sizeOf(shape)).fill(1e-3))]),
  );
  await Promise.all(experiment.clients.map(({ id }) => takePart(id, url, experiment, update)));
  process.stdout.write(`${count} clients: ${(await said.next()).value as string}\n`);
}

/** A client whose local part is no work. */
async function takePart(clientId: string, url: string, experiment: Experiment, update: NamedTensors): Promise<void> {
  const participant = new Participant({
    logger,
    sendLabels: false,
    train: async () => ({ update, truth: [], examples: 1, localSteps: 1, loss: 1, accuracy: 0 }),
    onFailure(error) {
      throw error;
    },
  });
  await keepLinked({
    url,
    signal,
    logger,
    backoff: createBackoff(seeded(clientId)),
    hello: {
      protocolVersion: PROTOCOL_VERSION,
      software: 'leakscope',
      clientId,
      token,
      experimentDigest: agreementDigest(experiment),
      examples: 1,
      encodings: [...ENCODINGS],
    },
    onMessage: (message, connection) => participant.handle(message, connection),
  });
}
