/** One file is an experiment. The schema of its canonical form; `canonical.ts` takes the shorthands there, `rules.ts` has what no key can tell alone. */
import { z } from 'zod';
import { attackSchema, evaluationSchema, queueSchema } from './attack.ts';
import { clientSchema } from './clients.ts';
import { connectionSchema, serverSchema } from './server.ts';
import { stageSchema, trainingSchema } from './training.ts';

export const ENGINES = ['auto', 'onnx', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'eager'] as const;

export const experimentSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected letters, digits, . _ - and at most 64 of them')
    .default('experiment')
    .describe('names the run'),
  seed: z.int().min(0).default(0).describe('every random draw of the federation comes from it; attacks have their own'),
  data: z
    .strictObject({
      source: z
        .string()
        .min(1)
        .default('synthetic-faces')
        .describe('a registered dataset (synthetic-faces, celeba, image-folder), or the path of a module'),
      params: z
        .record(z.string(), z.unknown())
        .default({})
        .describe(
          "the dataset's own parameters (path, resolution, label, ...); they may also stand beside `source`. docs/data.md lists them",
        ),
    })
    .prefault({})
    .describe('the dataset'),
  shards: z
    .strictObject({
      kind: z.enum(['iid', 'dirichlet', 'attribute']).default('iid').describe('how the faces are dealt to the clients'),
      partition: z
        .enum(['clients', 'evaluation'])
        .default('clients')
        .describe(
          'the partition that is dealt: evaluation holds development faces, for choices that no published victim may have a part in',
        ),
      alpha: z
        .number()
        .positive()
        .default(0.5)
        .describe('concentration with dirichlet: the smaller, the less alike the clients'),
      attribute: z.string().min(1).optional().describe('with attribute: the one by which clients differ'),
      victims: z
        .enum(['own', 'shared'])
        .default('own')
        .describe(
          'own: every client holds faces of its own. shared: all audited clients but controls hold the same audited faces, taken out of all shards, so that defences are compared on the same victims; only where all clients read one dataset, as under `simulate`',
        ),
    })
    .prefault({})
    .describe('who holds which examples'),
  model: z
    .strictObject({
      arch: z
        .string()
        .min(1)
        .default('resnet18-cifar')
        .describe('the classifier that is trained and attacked: a registered name, or the path of a module'),
      classes: z.int().min(2).max(100_000).default(2).describe('number of classes'),
      weights: z.string().min(1).optional().describe('safetensors file to start from; without it the seed initialises'),
    })
    .prefault({})
    .describe('the model'),
  training: trainingSchema.prefault({}).describe('how stages train, unless they say otherwise'),
  stages: z.array(stageSchema).min(1).describe('run in order'),
  clients: z
    .array(clientSchema)
    .min(1)
    .describe(
      'a list of clients, or { count: n, id, defense, ... } for n alike; an entry of the list may have a count too',
    ),
  clientProcesses: z
    .union([z.literal('each'), z.int().min(1).max(1024)])
    .default('each')
    .describe(
      'processes that `simulate` starts for the clients: one each, or so many that share them out; clients of one process share the data and what is compiled',
    ),
  attacks: z
    .array(attackSchema)
    .min(1)
    .describe('one attack or several, each on every audited update; `attack` is another name for it'),
  queue: queueSchema.prefault({}).describe('the attack queue'),
  evaluation: evaluationSchema.prefault({}).describe('floor, ceiling and metrics'),
  server: serverSchema.prefault({}).describe('the server'),
  connection: connectionSchema.prefault({}).describe("the clients' connection to the server"),
  engine: z.enum(ENGINES).default('auto').describe('executor of tensor programs; auto takes the fastest that works'),
  threads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe(
      'threads of each process; 0 lets the engine choose, but under `simulate` gives one to each client and to the evaluator',
    ),
});

/** A resolved experiment: plain JSON, every default filled in. Reading it again gives the same. */
export type Experiment = z.output<typeof experimentSchema>;
