/** `bench matching` and `bench population`: one step of gradient matching over all 62 tensors, a real intercepted gradient, a fresh z each call. */
import {
  kld,
  l2,
  type MatchingKnowledge,
  type MatchingProblem,
  matchingProgram,
  searchedInput,
  searchedShape,
  using,
} from '@leakscope/attacker/matching';
import { IDENTITY, sparsify } from '@leakscope/defenses';
import type { Session } from '@leakscope/engine';
import { type Classifier, classifier, type Generator, generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import { type BenchCase, type BenchOptions, conditions, median, type Planned, rounded, time } from './case.ts';
import { matchingError, type Point } from './matching-reference.ts';
import { openMatching } from './matching-session.ts';
import { ARCHITECTURES, interceptedGradient } from './victim.ts';
import { openYardstick } from './yardstick.ts';

interface Variant {
  readonly suffix: string;
  readonly population?: number;
  /** Updates of one round, each with a candidate of its own. */
  readonly updates?: number;
  readonly valueOnly?: boolean;
  /** The update keeps a tenth of each tensor's entries, and the attack compares those. */
  readonly sparsified?: boolean;
}

const MATCHING: readonly Variant[] = [
  { suffix: 'value+gradient' },
  { suffix: 'value', valueOnly: true },
  { suffix: 'sparsified', sparsified: true },
];

const POPULATION: readonly Variant[] = [
  { suffix: 'value+gradient', population: 32 },
  { suffix: 'value', population: 32, valueOnly: true },
  { suffix: '4-updates', population: 4, updates: 4 },
];

/** Whose gradient is matched, and through which prior: none searches pixels. */
interface Victim {
  readonly arch: (typeof ARCHITECTURES)[number];
  readonly resolution: number;
  readonly classes: number;
  readonly prior: Generator | null;
}

const GGL_PRIOR = generator('ggl-wgan32');
const FACES: readonly Victim[] = ARCHITECTURES.map((arch) => ({
  arch,
  resolution: 32,
  classes: 2,
  prior: GGL_PRIOR,
}));
const PHOTOGRAPHS: Victim = { arch: 'resnet18-imagenet', resolution: 224, classes: 1000, prior: null };

/** One image forwards through the CIFAR stem, and how many of these value and gradient are worth, by whatever form. */
const FORWARD_GMAC = 0.56;
const FORWARD_PASSES = 6;

/** A single candidate: value and gradient, value alone, and value and gradient of a sparsified update; and one of ImageNet's size. */
export const matchingCases = (): Planned[] => [
  ...planned('matching', FACES, MATCHING),
  ...planned('matching', [PHOTOGRAPHS], MATCHING.slice(0, 1)),
];

/** Candidates side by side. The peer is asked for one candidate at a time. */
export const populationCases = (): Planned[] => planned('population', FACES, POPULATION);

const planned = (what: string, victims: readonly Victim[], variants: readonly Variant[]): Planned[] =>
  victims.flatMap((victim) =>
    variants.map((variant) => {
      const name = `${what}/${victim.arch}/${victim.resolution}/${variant.suffix}`;
      return { name, measure: (options) => prepared(name, victim, variant, options) };
    }),
  );

async function prepared(
  name: string,
  { arch, resolution, classes, prior }: Victim,
  variant: Variant,
  options: BenchOptions,
): Promise<BenchCase> {
  const model = classifier(arch, { classes, resolution });
  const weights = model.initialise(seeded('bench', 'model'));
  const updates: NamedTensors[] = [];
  for (let i = 0; i < (variant.updates ?? 1); i++) {
    const image = seeded('bench', 'image', i).normals(sizeOf(model.inputShape)).map(Math.tanh);
    const update = await interceptedGradient(model, weights, image, options);
    updates.push(variant.sparsified ? await sparse(update) : update);
  }
  const knowledge: MatchingKnowledge = {
    weights,
    updates,
    ...(prior !== null && { generatorWeights: prior.initialise(seeded('bench', 'prior')) }),
  };
  return await measure(name, problemOf(model, prior, variant, knowledge), knowledge, options);
}

/** A tenth of each tensor's entries, those of largest magnitude. */
const sparse = async (update: NamedTensors): Promise<NamedTensors> =>
  sparsify.apply(update, { fraction: 0.9 }, { random: (...path) => seeded('bench', ...path) });

function problemOf(
  model: Classifier,
  prior: Generator | null,
  variant: Variant,
  { updates }: MatchingKnowledge,
): MatchingProblem {
  return {
    model,
    generator: prior,
    population: variant.population ?? 1,
    objective: using(l2),
    ...(prior !== null && { regularisers: [using(kld, { regulariserWeight: 0.1 })] }),
    valueOnly: variant.valueOnly ?? false,
    transforms: updates.map((update) => (variant.sparsified ? sparsify.attackerView(update, 'estimated') : IDENTITY)),
  };
}

async function measure(
  name: string,
  problem: MatchingProblem,
  knowledge: MatchingKnowledge,
  options: BenchOptions,
): Promise<BenchCase> {
  const { population } = problem;
  const open = (): Promise<Session> => openMatching(problem, knowledge, options);
  const start = performance.now();
  matchingProgram(problem);
  const compiled = performance.now();
  let session = await open();
  const opened = performance.now();
  const reopening: number[] = [];
  while (reopening.length < REOPENED) {
    await session.release();
    const begin = performance.now();
    session = await open();
    reopening.push(performance.now() - begin);
  }
  const { classes } = problem.model;
  const label = Float32Array.from({ length: population * classes }, (_, i) => Number(i % classes === 1));
  const searched = searchedInput(problem);
  const prepare = (index: number) => {
    const normals = seeded('bench', searched, index).normals(sizeOf(searchedShape(problem)));
    return { [searched]: searched === 'x' ? normals.map(Math.tanh) : normals, label };
  };
  const counted = problem.model.name === 'resnet18-cifar' && problem.valueOnly !== true;
  const yardstick = counted ? await openYardstick(problem.model, knowledge.weights, options) : undefined;
  const timing = await time(
    {
      name,
      prepare,
      call: (inputs) => session.run(inputs),
      candidates: population,
      ...(yardstick && { yardstick: yardstick.call }),
    },
    options,
  );
  await yardstick?.release();
  const passes = FORWARD_PASSES * population;
  const points: Point[] = [];
  for (let i = 0; i < POINTS; i++) {
    const inputs = prepare(-1 - i);
    points.push({ inputs, outputs: await session.run(inputs) });
  }
  await session.release();
  return {
    name,
    ...timing,
    items: population,
    ...(counted && { gmac: FORWARD_GMAC * passes }),
    ...(timing.yardstick_ms !== undefined && {
      peak_share: rounded((passes * timing.yardstick_ms) / timing.median_ms),
    }),
    rel_error: await matchingError(problem, knowledge, points, options),
    reopen_ms: rounded(median(reopening)),
    ...conditions(session, options, [start, compiled, opened]),
  };
}

const REOPENED = 3;

/** At which a case is checked. */
const POINTS = 3;
