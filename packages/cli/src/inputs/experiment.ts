/** The experiment that a command line names, with every plug-in's parameters checked before anything starts. */
import { dirname, resolve } from 'node:path';
import { type Experiment, loadExperiment } from '@leakscope/shared/config';
import { parsePlugins } from '@leakscope/shared/plugin';
import type { Options, Positional } from '../shell/command.ts';

export const EXPERIMENT: Positional = { name: 'EXPERIMENT', summary: 'experiment file, YAML or JSON', required: true };

export const EXPERIMENT_OPTIONS = {
  set: {
    type: 'string',
    value: 'KEY=VALUE',
    multiple: true,
    summary: 'change a key, e.g. training.batchSize=8 or clients.0.defense=none',
  },
  base: {
    type: 'string',
    value: 'DIR',
    summary: 'where relative paths of the experiment start; default its own folder',
  },
} as const satisfies Options;

interface OpenedExperiment {
  readonly experiment: Experiment;
  /** Absolute folder that relative paths in it start from. */
  readonly base: string;
}

/** `defense`: that of every client, in place of its own. Throws CONFIG_ errors with the path of the key, and what each plug-in says of its parameters. */
export async function openExperiment(
  path: string,
  { set, base, defense }: { set: readonly string[]; base: string | undefined; defense?: string | undefined },
): Promise<OpenedExperiment> {
  const written = await loadExperiment(path, { set });
  const experiment = defense === undefined ? written : defended(written, defense);
  const opened = { experiment, base: resolve(base ?? dirname(path)) };
  await checkPlugins(opened);
  return opened;
}

function defended(experiment: Experiment, text: string): Experiment {
  const defense = parsePlugins(text, 'defense');
  return { ...experiment, clients: experiment.clients.map((client) => ({ ...client, defense })) };
}

/** Opens nothing and computes nothing: a wrong defence of the last client shows at once, not after an hour. */
async function checkPlugins({ experiment, base }: OpenedExperiment): Promise<void> {
  const { parseData } = await import('@leakscope/data');
  const { parseDefense } = await import('@leakscope/defenses');
  const { openClassifier } = await import('@leakscope/models');
  const { configureMetrics } = await import('@leakscope/evaluator/metrics');
  const { parseAttack } = await import('@leakscope/attacker');
  const { parseAggregation } = await import('@leakscope/server/aggregation');
  const { serverOptimiser } = await import('@leakscope/server/optimisers');
  const { resolution } = await parseData(experiment.data, base);
  await openClassifier(experiment.model.arch, { classes: experiment.model.classes, resolution }, base);
  for (const { defense } of experiment.clients) await parseDefense(defense, { base });
  await configureMetrics(experiment.evaluation.metrics, base);
  for (const { name, params } of experiment.attacks) await parseAttack({ name, params }, base);
  for (const { training } of experiment.stages) {
    serverOptimiser(training.serverOptimizer);
    await parseAggregation(training.aggregation, { base });
  }
}
