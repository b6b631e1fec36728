/** `bench matching`: one step of gradient matching over all 62 tensors, a real intercepted gradient, a fresh z each call. */
import { openSession, type Session } from '@leakscope/engine';
import { classifier, generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, squaredNorm } from '@leakscope/shared/tensors';
import { computeGradient } from '../gradient.ts';
import { type MatchingKnowledge, type MatchingProblem, matchingProgram, matchingTensors } from '../matching/index.ts';
import { type BenchCase, type BenchOptions, environment, relativeError, rounded, time } from './case.ts';

/** Which steps: each on both stems at 32x32 with two classes, through GGL's generator. */
const CASES: readonly { readonly suffix: string; readonly population: number; readonly valueOnly: boolean }[] = [
  { suffix: 'value+gradient', population: 1, valueOnly: false },
  { suffix: 'value', population: 1, valueOnly: true },
];

const ARCHITECTURES = ['resnet18-cifar', 'resnet18-imagenet'] as const;

const CLASSES = 2;

/** Runs every case. The error is that of loss and gradient against the explicit form at the last z. */
export async function benchMatching(options: BenchOptions = {}): Promise<BenchCase[]> {
  const results: BenchCase[] = [];
  for (const arch of ARCHITECTURES) {
    const prior = generator('ggl-wgan32');
    const model = classifier(arch, { classes: CLASSES, resolution: 32 });
    const weights = model.initialise(seeded('bench', 'model'));
    const generatorWeights = prior.initialise(seeded('bench', 'prior'));
    const update = await intercepted(model, weights, options);
    for (const { suffix, population, valueOnly } of CASES) {
      const base: MatchingProblem = {
        model,
        generator: prior,
        population,
        loss: 'l2',
        regulariser: { kind: 'kld', weight: 0.1 },
      };
      const result = await measure(
        `matching/${arch}/32/${suffix}`,
        base,
        valueOnly,
        { weights, update, generatorWeights },
        options,
      );
      options.onCase?.(result);
      results.push(result);
    }
  }
  return results;
}

type Model = MatchingProblem['model'];

/** What a client would upload for one image. */
async function intercepted(
  model: Model,
  weights: NamedTensors,
  { executor, threads }: BenchOptions,
): Promise<NamedTensors> {
  const [channels, height, width] = model.inputShape;
  const image = seeded('bench', 'image')
    .normals(channels * height * width)
    .map(Math.tanh);
  const engine = { ...(executor !== undefined && { executor }), ...(threads !== undefined && { threads }) };
  return (await computeGradient({ model, weights, images: [image], labels: [1], ...engine })).gradient;
}

async function measure(
  name: string,
  base: MatchingProblem,
  valueOnly: boolean,
  knowledge: MatchingKnowledge,
  options: BenchOptions,
): Promise<BenchCase> {
  const { executor, threads } = options;
  const problem: MatchingProblem = { ...base, valueOnly };
  const open = (of: MatchingProblem): Promise<Session> =>
    openSession(matchingProgram(of), {
      bound: Object.fromEntries([...matchingTensors(of, knowledge)].map(([key, { data }]) => [key, data])),
      ...(executor !== undefined && { executor }),
      ...(threads !== undefined && { threads }),
    });
  const start = performance.now();
  matchingProgram(problem);
  const compiled = performance.now();
  const session = await open(problem);
  const opened = performance.now();
  const latent = base.generator?.latent ?? 0;
  const label = Float32Array.from({ length: base.population * CLASSES }, (_, i) => i % CLASSES);
  const inputs = (index: number) => ({ z: seeded('bench', 'z', index).normals(base.population * latent), label });
  let last = inputs(0);
  let outputs: Record<string, Float32Array> = {};
  const timing = await time(
    inputs,
    async (next) => {
      last = next;
      outputs = await session.run(next);
    },
    options,
  );
  await session.release();
  const explicit = await open({ ...base, form: 'explicit' });
  const want = await explicit.run(last);
  await explicit.release();
  return {
    name,
    ...timing,
    rel_error: Math.max(valueError(outputs, want, knowledge.update), gradientError(outputs, want)),
    engine: session.executor,
    threads: threads ?? environment().machine.cores,
    compile_ms: rounded(compiled - start),
    open_ms: rounded(opened - compiled),
    ...environment(),
  };
}

type Outputs = Readonly<Record<string, Float32Array>>;

/** Of the distance, relative to ||g||^2 + ||y||^2: both forms subtract sums of that size. */
function valueError(got: Outputs, want: Outputs, update: NamedTensors): number {
  const square = [...update.values()].reduce((sum, { data }) => sum + squaredNorm(data), 0);
  return Math.max(
    ...Array.from(
      want.match ?? [],
      (value, i) => Math.abs(value - (got.match?.[i] ?? Number.NaN)) / ((want.g_sq?.[i] ?? 0) + square),
    ),
  );
}

const gradientError = (got: Outputs, want: Outputs): number =>
  got.grad === undefined || want.grad === undefined ? 0 : relativeError(got.grad, want.grad);
