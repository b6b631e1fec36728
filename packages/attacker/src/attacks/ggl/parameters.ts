/** What can be said of GGL: each optimiser has parameters of its own. */
import { z } from 'zod';
import type { Workload } from '../../contract/attack.ts';

const steps = z.int().min(1).max(1_000_000);

const shared = {
  /** A shipped generator's name, or a path. */
  generator: z.string().min(1),
  /** Independent searches side by side; the smallest loss is chosen. */
  restarts: z.int().min(1).max(256).default(1),
  loss: z.enum(['l2', 'cosine']).default('l2'),
  /** Squared errors summed over tensors or divided by their number: it weighs the regulariser, 62-fold on ResNet-18. */
  lossScale: z.enum(['sum', 'mean']).default('sum'),
  regulariser: z.enum(['kld', 'norm', 'none']).default('kld'),
  regulariserWeight: z.number().nonnegative().default(0.1),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts, or of the generations. */
  seed: z.int().min(0).default(1),
};

/** Says why a key is refused that the other optimiser has. */
const foreign = (optimizer: string) => ({
  error: ({ code }: { code: string }) =>
    code === 'unrecognized_keys' ? `ggl has no such parameter with optimizer=${optimizer}` : undefined,
});

const adam = z.strictObject(
  {
    ...shared,
    optimizer: z.literal('adam').default('adam'),
    steps: steps.default(2500),
    learningRate: z.number().positive().default(0.1),
    /** Feed Adam the gradient's sign, as the reference code does. */
    signed: z.boolean().default(true),
  },
  foreign('adam'),
);

const cmaEs = z.strictObject(
  {
    ...shared,
    optimizer: z.literal('cma-es'),
    /** Generations. */
    steps: steps.default(800),
    /** Candidates a generation. */
    population: z.int().min(4).max(4096).default(50),
    /** Standard deviation of the first generation: with 1, it is drawn as the generator expects its latents to be, N(0, I). */
    sigma: z.number().positive().default(1),
  },
  foreign('cma-es'),
);

export const gglParameters = z.discriminatedUnion('optimizer', [adam, cmaEs], {
  error: 'expected one of "adam"|"cma-es"',
});

export type GglParameters = z.output<typeof gglParameters>;

/** Candidates that a step evaluates for one update, over all restarts. */
export function workloadOf(options: GglParameters): Workload {
  const { steps, restarts, optimizer } = options;
  const each = optimizer === 'adam' ? 1 : options.population;
  return { steps, candidates: restarts * each, gradient: optimizer === 'adam' };
}
