/** How a stage trains: the client's local steps, the server's step, and who takes part. */
import { z } from 'zod';
import { pluginSchema } from '../plugin.ts';
import { ENCODINGS } from '../protocol/message.ts';

export const ALGORITHMS = ['fedsgd', 'fedavg', 'fedprox'] as const;

/** What a client uploads under each local algorithm: the gradient at the round's weights, or the change of the weights over its steps. */
export const UPLOADS: Record<(typeof ALGORITHMS)[number], 'gradient' | 'change'> = {
  fedsgd: 'gradient',
  fedavg: 'change',
  fedprox: 'change',
};

export const trainingSchema = z.strictObject({
  algorithm: z
    .enum(ALGORITHMS)
    .default('fedsgd')
    .describe(
      'fedsgd uploads the gradient of one batch; fedavg the change of the weights after localSteps; fedprox the same with a proximal term',
    ),
  batchSize: z.int().min(1).max(4096).default(1).describe('examples of one local step'),
  localSteps: z.int().min(1).max(100_000).default(1).describe('local steps of a round; 1 with fedsgd'),
  batchNorm: z
    .enum(['frozen', 'train'])
    .default('frozen')
    .describe(
      "frozen normalises by the running statistics, train by the batch's own (and needs batches of at least 2)",
    ),
  learningRate: z.number().min(0).max(1000).default(0.01).describe("the clients' learning rate"),
  momentum: z.number().min(0).lt(1).default(0).describe('momentum of the local steps, in [0, 1)'),
  weightDecay: z.number().min(0).default(0).describe('L2 penalty of the local steps'),
  proximal: z.number().min(0).default(0).describe("weight of fedprox's proximal term, mu"),
  flip: z.boolean().default(false).describe('mirror each example left to right with probability 1/2'),
  serverOptimizer: pluginSchema
    .default({ name: 'sgd', params: {} })
    .describe("the server's step: `sgd`, plain steps, or `adam`, FedAdam, as `adam:beta1=0.9,beta2=0.99,tau=0.001`"),
  aggregation: pluginSchema
    .default({ name: 'weighted-mean', params: {} })
    .describe(
      'how updates become one: `weighted-mean`, `median`, `trimmed-mean:fraction=0.1`, `norm-bound:bound=1`, or the path of a module',
    ),
  serverLearningRate: z
    .number()
    .min(0)
    .default(1)
    .describe("the server's learning rate; 0 keeps the weights, for an audit of many victims at one model"),
  clientsPerRound: z
    .union([z.literal('all'), z.int().min(1)])
    .default('all')
    .describe('how many clients are drawn for each round, or all'),
  minimumReports: z.int().min(1).default(1).describe('a round with fewer updates at its deadline is repeated'),
  deadlineSeconds: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .describe('a round closes at the latest after this time'),
  encoding: z.enum(ENCODINGS).default('fp32').describe('how updates are written on the wire, after the defence'),
  testExamples: z
    .int()
    .min(0)
    .default(200)
    .describe('examples of the evaluation partition that measure accuracy; 0 measures none'),
  testEvery: z.int().min(1).default(1).describe('measure accuracy after every this many rounds'),
});

export type Training = z.output<typeof trainingSchema>;

export const stageSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('names the stage in records and reports'),
  rounds: z.int().min(0).describe('rounds of this stage'),
  clients: z
    .union([z.literal('all'), z.array(z.string()).min(1)])
    .default('all')
    .describe('ids of the clients that take part in this stage, or all'),
  audit: z.boolean().default(true).describe("whether this stage's updates are attacked"),
  training: trainingSchema.describe(
    'the keys of `training`, as this stage changes them; they may also stand in the stage itself',
  ),
});

export type Stage = z.output<typeof stageSchema>;
