/**
 * The strongest attack within a number of evaluations, the default. It goes from space to space: random latents, of which the better half
 * goes on; the latents of the best; then the maps behind the generator's first layers, in which faces lie that no latent gives (Fang et al.,
 * GIFD, ICCV 2023). The objective is the cosine, which does not see what clipping does.
 *
 * In noise a wider space fits the noise too. Where noise is found, one half of the gradient's rows is fitted and the other says which point
 * of a stage, and which stage, explains the update best: what only fits noise does not explain the half that it has not seen.
 */
import { rest, stagesOf } from '@leakscope/models';
import { isLeakscopeError } from '@leakscope/shared/errors';
import { type Random, seeded } from '@leakscope/shared/random';
import type { Member, TracePoint } from '@leakscope/shared/reconstruction';
import { digestTensors, globalNorm } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type AttackContext, defineAttack, type Findings, type Outcome } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { cosine } from '../../matching/objectives/cosine.ts';
import { squaredCosine } from '../../matching/objectives/squared-cosine.ts';
import { gaussian } from '../../matching/regularisers/gaussian.ts';
import { kld } from '../../matching/regularisers/kld.ts';
import { type Halves, keptOf, splitRows } from '../../matching/rows.ts';
import { carry } from '../../prior/carry.ts';
import { generate } from '../../prior/generate.ts';
import { adam } from '../../search/optimisers/adam.ts';
import type { SearchResult } from '../../search/search.ts';
import { type Case, readCase } from '../case.ts';
import { evaluationsOf, runStage, type Stage } from '../staged/stage.ts';
import { FEWEST_EVALUATIONS, type PlannedStage, planOf } from './plan.ts';

const parameters = z.strictObject({
  /** A shipped generator's name, or a path. */
  generator: z.string().min(1),
  /** Values or gradients of one candidate, in all. */
  evaluations: z.int().min(FEWEST_EVALUATIONS).max(1_000_000).default(1000),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts, and of the halves. */
  seed: z.int().min(0).default(1),
});

/** Learning rates of Adam: by the sign in the latents, as GGL, and plainly in the features. */
const RATES = { latents: 0.1, features: 0.02 };

/** Chosen on development faces; docs/attacks.md has the table. */
const PULL = { regulariserWeight: 0.01 };

export const best = defineAttack({
  name: 'best',
  summary: 'the strongest search within a number of evaluations: latents, then the features behind them',
  params: parameters,
  requires: {},
  evaluations: ({ evaluations }) => evaluations,
  async reconstruct(input, settings, context) {
    const one = await readCase('best', input, settings.generator, context);
    const judged = one.noise > 0;
    const plan = planOf(settings.evaluations, stagesOf(one.prior.generator).length - 1, judged);
    const draws = (...path: string[]): Random => seeded(settings.seed, 'best', digestTensors(one.gradient), ...path);
    const halves = judged ? splitRows(one.model, (name) => draws('halves', name)) : undefined;
    return await throughStages(
      one,
      plan,
      draws('starts'),
      (stage, start, own) =>
        runStage(one, stageOf(stage, one, halves), start, {
          attack: 'best',
          form: settings.matching,
          context: own,
          ...(halves && { halves }),
        }),
      judged,
      context,
    );
  },
});

/**
 * A planned stage with its parts: a constant rate while starts are compared, a falling one where a search is to end. In noise the
 * latents have the weight that their prior has beside the likelihood: where the update says little, the search stays near the mean face.
 */
function stageOf({ name, space, starts, steps }: PlannedStage, { noise, gradient }: Case, halves?: Halves): Stage {
  const latents = space === 0;
  const fitted = halves && keptOf(gradient, halves.fitted);
  const regulariser =
    fitted === undefined
      ? using(kld, PULL)
      : using(gaussian, { regulariserWeight: (2 * noise * noise) / globalNorm(fitted) ** 2 });
  return {
    name,
    space,
    starts,
    objective: halves === undefined ? using(cosine) : using(squaredCosine),
    ...(latents ? { regulariser } : {}),
    optimiser: using(adam, {
      steps,
      learningRate: latents ? RATES.latents : RATES.features,
      signed: latents,
      schedule: latents ? (starts > 1 ? 'constant' : 'steps') : 'smooth',
      epsilon: 1e-12,
    }),
  };
}

/** What is kept of the stages so far. */
interface Reached {
  readonly space: number;
  /** Better ones first, [starts × batch × entries]. */
  readonly points: Float32Array;
}

type Run = (stage: PlannedStage, start: Float32Array, context: AttackContext) => Promise<Outcome<SearchResult>>;

/** Runs all stages, each from where the one before ended; what is worth most of all that they found is shown. */
async function throughStages(
  one: Case,
  plan: readonly PlannedStage[],
  random: Random,
  run: Run,
  judged: boolean,
  context: AttackContext,
): Promise<Findings> {
  const total = plan.reduce((sum, { steps, starts }) => sum + evaluationsOf(steps, starts, judged), 0);
  const [first] = plan as [PlannedStage];
  let reached: Reached = { space: 0, points: random.normals(first.starts * one.entries) };
  let chosen: { space: number; point: Float32Array; loss: number } | undefined;
  let restarts: Findings['restarts'] = [];
  const members: Member[] = [];
  const losses: TracePoint[] = [];
  let spent = 0;
  for (const [i, stage] of plan.entries()) {
    const { name, space, starts, steps } = stage;
    const evaluations = evaluationsOf(steps, starts, judged);
    const start = await startOf(one, reached, stage, context);
    const before = spent;
    const outcome = await run(stage, start, {
      ...context,
      onProgress: ({ step, loss }) => {
        const done = before + Math.round((evaluations * step) / steps);
        context.onProgress?.({ step: done, steps: total, loss: Math.min(loss, chosen?.loss ?? loss) });
      },
    });
    spent += evaluations;
    if (outcome.status === 'rejected') {
      // A model that is sure of a candidate may leave it no gradient to compare. The next stage goes on from before.
      if (chosen === undefined || !isLeakscopeError(outcome.reason, 'ATTACK_DIVERGED')) throw outcome.reason;
      members.push({ name, evaluations, loss: null });
      continue;
    }
    const found = outcome.value;
    if (i === 0) restarts = found.restarts;
    losses.push(...found.trace.map(({ step, value }) => ({ step: before + step * starts, value })));
    members.push({ name, evaluations, loss: found.loss });
    reached = { space, points: ranked(found) };
    if (chosen === undefined || found.loss < chosen.loss) chosen = { space, point: found.best, loss: found.loss };
  }
  const { space, point, loss } = chosen as NonNullable<typeof chosen>;
  const { model, prior, labels, estimates, batchSize } = one;
  const shown = { ...prior, generator: rest(prior.generator, space) };
  const { latent } = shown.generator;
  return {
    images: await generate(shown, point, context),
    imageShape: model.inputShape,
    labels,
    ...(space === 0
      ? { latents: Array.from({ length: batchSize }, (_, i) => point.slice(i * latent, (i + 1) * latent)) }
      : {}),
    loss,
    losses,
    restarts,
    steps: total,
    beside: 1,
    width: first.starts,
    members,
    estimates,
  };
}

/** As many of the best points so far as the stage has starts, in its space. */
async function startOf(
  one: Case,
  { space, points }: Reached,
  stage: PlannedStage,
  context: AttackContext,
): Promise<Float32Array> {
  const entries = one.batchSize * rest(one.prior.generator, space).latent;
  // A search that diverged left no point: the best ones then start twice.
  const kept = points.length / entries;
  const start = new Float32Array(stage.starts * entries);
  for (let i = 0; i < stage.starts; i++) {
    const from = i % kept;
    start.set(points.subarray(from * entries, (from + 1) * entries), i * entries);
  }
  return await carry(one.prior, start, { from: space, to: stage.space }, context);
}

/** The points that a stage found, those of smaller loss first. */
function ranked({ points, restarts }: SearchResult): Float32Array {
  const found = points.flatMap((point, i) => (point === undefined ? [] : [{ point, loss: restarts[i] as number }]));
  found.sort((a, b) => a.loss - b.loss);
  const size = found[0]?.point.length ?? 0;
  const all = new Float32Array(found.length * size);
  for (const [i, { point }] of found.entries()) all.set(point, i * size);
  return all;
}
