/** What is attacked with what, what the attacker knows, and how the queue treats a flood. */
import { z } from 'zod';
import { pluginSchema } from '../plugin.ts';

export const threatSchema = z.strictObject({
  labels: z
    .enum(['known', 'inferred'])
    .default('inferred')
    .describe('inferred from the update, or told to the attacker'),
  batchSize: z.literal('known').default('known').describe('the server knows how many examples it asked for'),
  buffers: z.literal('known').default('known').describe('running batch-norm statistics are part of the shared model'),
  defense: z
    .enum(['blind', 'estimated', 'oracle'])
    .default('estimated')
    .describe('blind ignores the defence, estimated finds its parameters in the update, oracle is told them'),
});

export type ThreatConfig = z.output<typeof threatSchema>;

export const attackSchema = z.strictObject({
  name: z.string().min(1).default('best').describe('a registered attack, or the path of a module'),
  threat: threatSchema.prefault({}).describe('what the attacker knows'),
  params: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      "the attack's own parameters (optimizer, steps, generator, seed, ...); they may also stand beside `name`. docs/attacks.md lists them",
    ),
});

export type AttackConfig = z.output<typeof attackSchema>;

export const queueSchema = z.strictObject({
  workers: z
    .int()
    .min(0)
    .max(1024)
    .default(1)
    .describe('attack processes that `simulate` starts, an attack each at a time; several keep a GPU busy'),
  together: z
    .union([z.literal('auto'), z.int().min(1).max(64)])
    .default('auto')
    .describe(
      'updates of one round that are attacked in one graph, as many as this at most; auto measures once a machine what is fastest, updates and candidates of each, for attacks of 1,000 evaluations and more',
    ),
  policy: z
    .enum(['keep-all', 'sample', 'newest'])
    .default('keep-all')
    .describe(
      'which updates are attacked: all, `limit` a round drawn by the seed, or the newest `limit` that wait; dropped ones are counted',
    ),
  limit: z.int().min(1).default(16).describe('see policy; keep-all has none'),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('a job that failed this often is given up, and counted as a failed attack'),
  leaseSeconds: z
    .number()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('a worker that is silent for this long has lost its job to another'),
});

export type QueueConfig = z.output<typeof queueSchema>;

export const evaluationSchema = z.strictObject({
  generator: z
    .string()
    .min(1)
    .optional()
    .describe("generator of the floor and the ceiling: a shipped name or a path; the first attack's where it has one"),
  ceilingSteps: z.int().min(1).default(500).describe('Adam steps of GAN inversion, the ceiling'),
  priorSamples: z.int().min(1).default(256).describe('random latents behind the expectation over the prior, the floor'),
  metrics: z
    .array(pluginSchema)
    .default([])
    .describe(
      'metrics beside the standard ones, or standard ones with parameters of their own: registered names, or paths of modules; docs/metrics.md',
    ),
  seed: z.int().min(0).default(1).describe("the evaluator's own seed"),
});

export type EvaluationConfig = z.output<typeof evaluationSchema>;
