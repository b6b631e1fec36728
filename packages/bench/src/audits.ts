/**
 * `bench audits`: what an attack worker does with the updates of a round, from their tensors to images: GGL's full search, as many
 * updates in a graph as the worker would take here. One call is one such cohort.
 */
import { type AttackInput, type CohortPlan, parseAttack, type Reconstruction, threatModel } from '@leakscope/attacker';
import { cohortSizes, measuredPopulation, updatesIn } from '@leakscope/attacker/batching';
import { kld, l2, type MatchingProblem, oneHotRows, using } from '@leakscope/attacker/matching';
import { generate } from '@leakscope/attacker/prior';
import { type Classifier, classifier, type LoadedGenerator, loadGenerator } from '@leakscope/models';
import { generatorPath } from '@leakscope/models/shipped';
import { keptMeasurements } from '@leakscope/shared/measurements';
import { seeded } from '@leakscope/shared/random';
import { type BenchCase, type BenchOptions, conditions, engineOf, type Planned, time } from './case.ts';
import { openMatching, valueError } from './matching-session.ts';
import { ARCHITECTURES, interceptedGradient } from './victim.ts';

/** Of a round; all are audited unless `calls` says how many shares are. */
const UPDATES = 100;
const STEPS = 2500;
const CLASSES = 2;
const REGULARISER = using(kld, { regulariserWeight: 0.1 });
/** Through which the attacker searches, and another, whose faces the victims have: no search comes to the truth itself. */
const [PRIOR, FACES] = ['celeba-32', 'synthetic-faces-32'] as const;

/** One case a stem, GGL with its default number of steps. */
export const auditCases = (): Planned[] => ARCHITECTURES.map((arch) => auditCase(arch, STEPS));

/** The error is that of the last reconstructions' losses, against the explicit form at the latents that were found. */
export function auditCase(arch: (typeof ARCHITECTURES)[number], steps: number): Planned {
  const name = `audits/${arch}/32/${steps}-steps`;
  return { name, measure: (options) => measure(name, arch, steps, options) };
}

async function measure(
  name: string,
  arch: (typeof ARCHITECTURES)[number],
  steps: number,
  options: BenchOptions,
): Promise<BenchCase> {
  const model = classifier(arch, { classes: CLASSES, resolution: 32 });
  const weights = model.initialise(seeded('bench', 'model'));
  const [prior, faces] = [await loadGenerator(generatorPath(PRIOR)), await loadGenerator(generatorPath(FACES))];
  const { part: regulariser, params } = REGULARISER;
  const plan = await parseAttack({
    name: 'ggl',
    params: { generator: PRIOR, steps, loss: l2.name, regulariser: regulariser.name, ...params },
  });
  const cohort = plan.cohort as CohortPlan;
  const context = { ...engineOf(options), ...(options.signal && { signal: options.signal }) };

  const kind = { model, batchSize: 1, round: 0, algorithm: 'fedsgd' } as const;
  const inputOf = async (client: number): Promise<AttackInput> => {
    const latent = seeded('bench', 'face', client).normals(faces.generator.latent);
    const [image] = (await generate(faces, latent, engineOf(options))) as [Float32Array];
    const update = await interceptedGradient(model, weights, image, options);
    return { update: { ...kind, update, weights }, threat: threatModel() };
  };

  const choice = await measuredPopulation({
    plan,
    update: kind,
    updates: await cohortSizes(options.executor),
    measurements: keptMeasurements(),
    context,
    load: () => inputOf(0),
  });
  const population = choice?.size ?? 1;
  const items = updatesIn(population, cohort.workload.candidates);
  const calls = options.calls ?? Math.ceil(UPDATES / items);

  let last: { inputs: readonly AttackInput[]; found: readonly Reconstruction[] } = { inputs: [], found: [] };
  const timing = await time(
    {
      name,
      warmUp: 0,
      prepare: async (call) => {
        const inputs: AttackInput[] = [];
        for (let i = 0; i < items; i++) inputs.push(await inputOf(call * items + i));
        return { call, inputs };
      },
      async call({ call, inputs }) {
        const outcomes = await cohort.reconstruct(inputs, {
          ...context,
          population,
          onProgress: ({ step }) =>
            options.onProgress?.({ case: name, done: call * steps + step, total: calls * steps, unit: 'steps' }),
        });
        const found = outcomes.map((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason;
          return outcome.value;
        });
        last = { inputs, found };
      },
      candidates: items,
    },
    { ...options, calls },
  );

  const checks: Check[] = [];
  for (const [i, input] of last.inputs.entries()) {
    checks.push(await againstExplicit(model, prior, input, last.found[i] as Reconstruction, options));
  }
  return {
    name,
    ...timing,
    items,
    per_minute: Math.round((60_000 * items * 100) / timing.median_ms) / 100,
    rel_error: Math.max(...checks.map(({ error }) => error)),
    ...conditions(checks[0] as Check, options),
  };
}

interface Check {
  readonly error: number;
  readonly executor: string;
}

/** How far a reconstruction's loss is from the explicit form's at its latent; and by which executor. */
async function againstExplicit(
  model: Classifier,
  { generator, weights: generatorWeights }: LoadedGenerator,
  { update: { update, weights } }: AttackInput,
  { loss, labels, latents }: Reconstruction,
  options: BenchOptions,
): Promise<Check> {
  const problem: MatchingProblem = {
    model,
    generator,
    population: 1,
    objective: using(l2),
    regularisers: [REGULARISER],
    form: 'explicit',
    valueOnly: true,
  };
  const session = await openMatching(problem, { weights, updates: [update], generatorWeights }, options);
  try {
    const z = latents?.[0] as Float32Array;
    const want = await session.run({ z, label: oneHotRows(labels, 1, model.classes) });
    const error = valueError('loss', { loss: Float32Array.of(loss ?? Number.NaN) }, want, update);
    return { error, executor: session.executor };
  } finally {
    await session.release();
  }
}
