/**
 * Generative gradient leakage (Li et al., CVPR 2022): search a generator's latent space for the images whose gradient,
 * put through the defence, explains the intercepted one.
 */
import type { LoadedGenerator } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type AttackContext, type AttackInput, defineAttack, type Outcome, type Reconstruction } from '../attack.ts';
import { generate } from '../generate.ts';
import { oneHotRows } from '../gradient.ts';
import { type InterceptedGradient, readUpdate } from '../intercepted-gradient.ts';
import type { MatchingProblem } from '../matching/problem.ts';
import { openObjective } from '../matching-objective.ts';
import { adam } from '../optimisers/adam.ts';
import { loadPrior } from '../prior.ts';
import { search } from '../search.ts';
import { alike, medianSeconds } from '../side-by-side.ts';

const params = z.strictObject({
  /** A shipped generator's name, or a path. */
  generator: z.string().min(1),
  optimizer: z.enum(['adam']).default('adam'),
  steps: z.int().min(1).max(1_000_000).default(2500),
  learningRate: z.number().positive().default(0.1),
  /** Feed Adam the gradient's sign, as the reference code does. */
  signed: z.boolean().default(true),
  /** Independent starts, searched side by side; the smallest loss is chosen. */
  restarts: z.int().min(1).max(256).default(1),
  loss: z.enum(['l2', 'cosine']).default('l2'),
  /** Squared errors summed over tensors or divided by their number: it weighs the regulariser, 62-fold on ResNet-18. */
  lossScale: z.enum(['sum', 'mean']).default('sum'),
  regulariser: z.enum(['kld', 'norm', 'none']).default('kld'),
  regulariserWeight: z.number().nonnegative().default(0.1),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts. */
  seed: z.int().min(0).default(1),
});

type Params = z.output<typeof params>;

/** An update, read, with what it is searched through. */
interface Case extends InterceptedGradient {
  readonly prior: LoadedGenerator;
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
}

async function read(input: AttackInput, options: Params, context: AttackContext): Promise<Case> {
  const { batchSize, batchNorm = 'frozen' } = input.update;
  const intercepted = readUpdate('ggl', input);
  const prior = await loadPrior('ggl', options.generator, intercepted.model, context.base);
  if (batchNorm === 'train' && options.restarts > 1) {
    const reason = 'batch norm over the batch couples candidates; set restarts=1';
    throw new LeakscopeError('ATTACK_REFUSED', { attack: 'ggl', reason });
  }
  return { ...intercepted, prior, batchSize, statistics: batchNorm === 'train' ? 'batch' : 'running' };
}

/** The first case's problem, for as many updates as there are transforms. */
function problemOf(one: Case, transforms: readonly Case['transform'][], options: Params): MatchingProblem {
  return {
    model: one.model,
    generator: one.prior.generator,
    population: transforms.length * options.restarts,
    batch: one.batchSize,
    loss: options.loss,
    reduction: options.lossScale,
    transforms,
    form: options.matching,
    regulariser: { kind: options.regulariser, weight: options.regulariserWeight },
    statistics: one.statistics,
  };
}

/** The matching loss of all restarts of all cases, which must be alike. */
async function objectiveOf(cases: readonly Case[], options: Params, context: AttackContext) {
  const [first] = cases as [Case];
  const problem = problemOf(
    first,
    cases.map(({ transform }) => transform),
    options,
  );
  const everyLabel = cases.flatMap(({ labels }) => Array.from({ length: options.restarts }, () => labels).flat());
  return openObjective({
    problem,
    knowledge: {
      weights: first.weights,
      updates: cases.map(({ gradient }) => gradient),
      generatorWeights: first.prior.weights,
    },
    labels: oneHotRows(everyLabel, problem.population * first.batchSize, first.model.classes),
    ...context,
  });
}

/** Latents of all restarts. The update's digest in the path: each has starts of its own, whichever worker takes it, when and beside what. */
const startOf = ({ gradient, batchSize, prior }: Case, { seed, restarts }: Params): Float32Array =>
  seeded(seed, 'ggl', digestTensors(gradient)).normals(restarts * batchSize * prior.generator.latent);

/** One search for cases that are alike. */
async function searchFor(
  cases: readonly Case[],
  options: Params,
  context: AttackContext,
): Promise<Outcome<Reconstruction>[]> {
  const { steps, learningRate, signed } = options;
  const starts = cases.map((one) => startOf(one, options));
  const start = new Float32Array(starts.reduce((sum, { length }) => sum + length, 0));
  for (const [i, own] of starts.entries()) start.set(own, i * own.length);
  const objective = await objectiveOf(cases, options, context);
  try {
    const found = await search({
      attack: 'ggl',
      optimiser: adam({ start, steps, learningRate, signed }),
      evaluate: objective.evaluate,
      members: cases.length * options.restarts,
      updates: cases.length,
      steps,
      context,
    });
    const outcomes: Outcome<Reconstruction>[] = [];
    for (const [i, { prior, model, labels, estimates, batchSize }] of cases.entries()) {
      const outcome = found[i] as (typeof found)[number];
      if (outcome.status === 'rejected') {
        outcomes.push(outcome);
        continue;
      }
      const { best, loss, restarts, trace } = outcome.value;
      const { latent } = prior.generator;
      const value: Reconstruction = {
        attack: 'ggl',
        images: await generate(prior, best, context),
        imageShape: model.inputShape,
        labels,
        latents: Array.from({ length: batchSize }, (_, image) => best.slice(image * latent, (image + 1) * latent)),
        loss,
        losses: trace,
        restarts,
        steps,
        beside: cases.length,
        estimates,
        params: options,
      };
      outcomes.push({ status: 'fulfilled', value });
    }
    return outcomes;
  } finally {
    await objective.release();
  }
}

export const ggl = defineAttack({
  name: 'ggl',
  summary: 'search the latents of a generator for images whose gradient matches',
  params,
  requires: {},
  async reconstruct(input, options, context) {
    const [outcome] = (await searchFor([await read(input, options, context)], options, context)) as [
      Outcome<Reconstruction>,
    ];
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  },
  sideBySide: {
    evaluations: ({ steps }) => steps,
    async seconds(input, size, options, context) {
      const one = await read(input, options, context);
      const cases = Array.from({ length: size }, () => one);
      const objective = await objectiveOf(cases, options, context);
      const start = startOf(one, options);
      const points = Float32Array.from({ length: size * start.length }, (_, i) => start[i % start.length] as number);
      const evaluate = (): Promise<unknown> => {
        context.signal?.throwIfAborted();
        return objective.evaluate(points);
      };
      return await medianSeconds(evaluate).finally(() => objective.release());
    },
    async reconstruct(inputs, options, context) {
      const outcomes: Outcome<Reconstruction>[] = [];
      const cases = new Map<number, Case>();
      for (const [i, outcome] of (
        await Promise.allSettled(inputs.map((one) => read(one, options, context)))
      ).entries()) {
        if (outcome.status === 'fulfilled') cases.set(i, outcome.value);
        else outcomes[i] = outcome;
      }
      for (const group of alike(cases)) {
        const of = group.map((i) => cases.get(i) as Case);
        const found = await searchFor(of, options, context);
        for (const [at, i] of group.entries()) outcomes[i] = found[at] as Outcome<Reconstruction>;
      }
      return outcomes;
    },
  },
});
