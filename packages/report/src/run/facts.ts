/** Under which conditions a run was made, as pairs of name and value. */
import type { Experiment } from '@leakscope/shared/config';
import type { RunManifest } from '@leakscope/shared/manifest';
import type { QueueCounts } from '@leakscope/store';
import type { Fact } from './model.ts';

export function conditionFacts({ experiment, seeds, versions, machine, digests, times }: RunManifest): Fact[] {
  const { data, model, shards, stages, clients, engine } = experiment;
  return [
    { name: 'Data', value: [data.source, ...pairs(withoutPath(data.params))].join(', ') },
    { name: 'Shards', value: [shards.kind, `${clients.length} clients`].join(', ') },
    { name: 'Model', value: `${model.arch}, ${model.classes} classes` },
    ...stages.map((stage) => ({ name: `Stage ${stage.name}`, value: stageText(stage) })),
    { name: 'Seeds', value: `federation ${seeds.federation}, evaluation ${seeds.evaluation}` },
    { name: 'Engine', value: engine },
    { name: 'Versions', value: pairs(versions).join(', ') },
    { name: 'Machine', value: `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}` },
    ...Object.entries(digests).map(([name, digest]) => ({
      name: `Digest of ${name}`,
      value: `${digest.slice(0, 19)}…`,
    })),
    { name: 'Begun', value: times.created },
  ];
}

export function attackFacts({ attacks, queue, evaluation }: Experiment, counts: QueueCounts): Fact[] {
  return [
    ...attacks.flatMap(({ name, params, threat }) => [
      { name: 'Attack', value: [name, ...pairs(params)].join(', ') },
      { name: 'Attacker knows', value: `labels ${threat.labels}, batch size, buffers; defence ${threat.defense}` },
    ]),
    { name: 'Queue', value: `${queue.policy}, ${queue.workers} workers` },
    { name: 'Attacks', value: `${counts.done} done, ${counts.failed} failed, ${counts.dropped} dropped by the queue` },
    { name: 'Floor', value: `${evaluation.priorSamples} random latents, or the public mean face` },
    { name: 'Ceiling', value: `GAN inversion, ${evaluation.ceilingSteps} steps` },
  ];
}

const DATA_LICENCES: Readonly<Record<string, string>> = {
  celeba: 'CelebA agreement: non-commercial research only; do not publish this page',
  'synthetic-faces': 'drawn by Leakscope, Apache-2.0',
};

/** What may be done with the pictures on the page. */
export async function licenceFacts({ data, attacks }: Experiment): Promise<Fact[]> {
  const { SHIPPED_GENERATORS } = await import('@leakscope/models/shipped');
  const shipped = new Map<string, { licence: string }>(Object.entries(SHIPPED_GENERATORS));
  const generators = new Set(
    attacks.flatMap(({ params }) => (typeof params.generator === 'string' ? [params.generator] : [])),
  );
  return [
    { name: data.source, value: DATA_LICENCES[data.source] ?? 'your own data: its licence is yours to mind' },
    ...[...generators].map((name) => ({
      name: `Generator ${name}`,
      value: shipped.get(name)?.licence ?? 'your own generator',
    })),
  ];
}

function stageText({ rounds, audit, clients, training }: Experiment['stages'][number]): string {
  const { algorithm, batchSize, localSteps, batchNorm, learningRate, serverLearningRate } = training;
  return [
    `${rounds} rounds`,
    audit ? 'audited' : 'not audited',
    ...(clients === 'all' ? [] : [`of ${clients.join(', ')} alone`]),
    `${algorithm}${algorithm === 'fedsgd' ? '' : `, ${localSteps} local steps`}`,
    `batch ${batchSize}`,
    `${batchNorm} batch norm`,
    serverLearningRate === 0 ? 'weights stand still' : `learning rate ${learningRate}`,
  ].join(', ');
}

function withoutPath({ path: _path, ...params }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return params;
}

const pairs = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
