import { parseExperiment } from '@leakscope/shared/config';
import { expect, it } from 'vitest';
import { clientShards, openExperimentData } from './experiment-data.ts';

const experiment = (more: object) =>
  parseExperiment(
    JSON.stringify({
      data: { source: 'synthetic-faces', sizes: { public: 4, clients: 20, evaluation: 4 } },
      clients: { count: 3 },
      attacks: ['ggl'],
      ...more,
    }),
  );

it('refuses a dataset with more classes than the model', async () => {
  const { data, model } = experiment({});
  await expect(openExperimentData({ data, model: { ...model, classes: 1 } })).rejects.toMatchObject({
    code: 'CONFIG_VALUE_INVALID',
    message: expect.stringMatching(/model\.classes: 1 .*synthetic-faces has 2 classes/),
  });
  await (await openExperimentData({ data, model: { ...model, classes: 10 } })).close();
});

it('refuses a batch that a shard cannot fill, and names stage and client', async () => {
  const stages = [
    { name: 'warm-up', rounds: 1, training: { batchSize: 2 } },
    { name: 'audit', rounds: 1, training: { batchSize: 7 } },
  ];
  const small = experiment({ stages });
  const dataset = await openExperimentData(small);
  expect(() => clientShards(small, dataset)).toThrow(
    expect.objectContaining({
      code: 'DATA_SHARDS_IMPOSSIBLE',
      message: expect.stringMatching(/stages\.1\.training\.batchSize = 7: client .* holds 6 examples/),
    }),
  );
  const shards = clientShards(experiment({}), dataset);
  const [largest] = [...shards].toSorted(([, a], [, b]) => b.indices.length - a.indices.length);
  // A client that sits the stage out need not fill its batches.
  const without = experiment({ stages: [stages[0], { ...stages[1], clients: [largest?.[0]] }] });
  expect(clientShards(without, dataset).size).toBe(3);
  await dataset.close();
});
