/** Which processes a run has, and what each may see: this table is where the walls between them are built. */
import { join } from 'node:path';
import type { Experiment } from '@leakscope/shared/config';
import type { RunFolder } from './run-folder.ts';
import type { ProcessSpec } from './supervisor.ts';

export interface PlanOptions {
  readonly experiment: Experiment;
  readonly folder: RunFolder;
  /** Folder that relative paths of the experiment start from. */
  readonly base: string;
  /** Drawn for this run; server and clients share it through their environment. */
  readonly token: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logLevel: string;
}

export interface Plan {
  /** Listens where it last did, so that clients find a restarted server again. */
  server(port: () => number, onMessage: (message: unknown) => void): ProcessSpec;
  clients(serverUrl: string): ProcessSpec[];
  attackers(onMessage: (message: unknown) => void): ProcessSpec[];
  evaluator(onMessage: (message: unknown) => void): ProcessSpec;
}

export function processPlan({ experiment, folder, base, token, environment, logLevel }: PlanOptions): Plan {
  const truth = join(folder.path, 'truth');
  const common = ['--base', base, '--log-level', logLevel];
  const trusted = { ...environment, LEAKSCOPE_TOKEN: token };
  // An attacker is told nothing of the data: neither by a file, nor by its environment, nor by where it runs.
  const { LEAKSCOPE_TOKEN: _token, LEAKSCOPE_DATA: _data, ...untrusted } = environment;
  // ONNX Runtime's threads spin while they wait: where every process takes one a core, evaluator and attacker slow each other
  // down by half. The attacker has most to do and keeps the engine's choice; a number in the experiment holds for all.
  const single = experiment.threads === 0 ? ['--set', 'threads=1'] : [];
  return {
    server: (port, onMessage) => ({
      name: 'server',
      argv: () => ['server', folder.experimentFile, '--run', folder.path, '--port', String(port()), ...common],
      environment: trusted,
      restarts: 3,
      onMessage,
    }),
    clients: (serverUrl) =>
      hosts(experiment).map(({ name, ids }) => ({
        name,
        argv: () => [
          ...['client', folder.experimentFile, ...ids.flatMap((id) => ['--id', id])],
          ...['--server', serverUrl, '--truth', truth],
          ...single,
          ...common,
        ],
        environment: trusted,
        restarts: 3,
      })),
    attackers: (onMessage) =>
      Array.from({ length: experiment.queue.workers }, (_, i) => ({
        name: `attacker-${i + 1}`,
        argv: () => ['attacker', folder.attackFile, '--run', folder.path, '--worker', `attacker-${i + 1}`, ...common],
        environment: untrusted,
        folder: folder.path,
        restarts: 3,
        onMessage,
      })),
    evaluator: (onMessage) => ({
      name: 'evaluator',
      argv: () => ['evaluator', folder.experimentFile, '--run', folder.path, ...single, ...common],
      environment: trusted,
      restarts: 3,
      onMessage,
    }),
  };
}

/** Which clients each client process hosts: dealt in turn, so that neighbours with the same defence are spread. */
function hosts({ clients, clientProcesses }: Experiment): { name: string; ids: string[] }[] {
  const all = clients.map(({ id }) => id);
  if (clientProcesses === 'each') return all.map((id) => ({ name: `client-${id}`, ids: [id] }));
  return Array.from({ length: Math.min(clientProcesses, all.length) }, (_, host) => ({
    name: `clients-${host + 1}`,
    ids: all.filter((_id, i) => i % clientProcesses === host),
  }));
}
