/** What a matching case is held against: another form of the same step, one candidate at a time. */
import type { MatchingKnowledge, MatchingProblem } from '@leakscope/attacker/matching';
import { generate } from '@leakscope/attacker/prior';
import { IDENTITY, type Transform } from '@leakscope/defenses';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { type BenchOptions, engineOf, median, relativeError } from './case.ts';
import { type Outputs, outputsOf, valueError } from './matching-session.ts';
import { interceptedGradient } from './victim.ts';

/** A call and what it gave, all candidates' in either. */
export interface Point {
  readonly inputs: Outputs;
  readonly outputs: Outputs;
}

/**
 * The largest relative error of the first and the last candidate's loss and gradient, each the median over the points: of a million
 * inputs of relu, and of pooling, one in every few points is so close to a tie that two forms round it to different sides, which moves
 * the gradient by 1e-3.
 */
export async function matchingError(
  problem: MatchingProblem,
  knowledge: MatchingKnowledge,
  points: readonly Point[],
  options: BenchOptions,
): Promise<number> {
  const { population, transforms = [IDENTITY] } = problem;
  const errors: number[] = [];
  for (const candidate of new Set([0, population - 1])) {
    const at = Math.floor((candidate * knowledge.updates.length) / population);
    const [transform, update] = [transforms[at] as Transform, knowledge.updates[at] as NamedTensors];
    const alone = { ...problem, population: 1, transforms: [transform] };
    const of = (values: Outputs) => candidateOf(values, candidate, population);
    const inputs = points.map((point) => of(point.inputs));
    const wanted = await references(alone, { ...knowledge, updates: [update] }, inputs, options);
    const atPoints = points.map(({ outputs }, i) => {
      const [got, want] = [of(outputs), wanted[i] as Outputs];
      return Math.max(valueError('match', got, want, update), gradientError(got, want));
    });
    errors.push(median(atPoints));
  }
  return Math.max(...errors);
}

/** What one candidate should give for each of the inputs: the explicit form, or, of a masked update, whose only form that is, ghosts. */
async function references(
  problem: MatchingProblem,
  knowledge: MatchingKnowledge,
  inputs: readonly Outputs[],
  options: BenchOptions,
): Promise<Outputs[]> {
  const [transform] = problem.transforms as [Transform];
  if (transform.kind !== 'mask') return outputsOf({ ...problem, form: 'explicit' }, knowledge, inputs, options);
  const unmasked = { ...problem, transforms: [IDENTITY], form: 'ghost' } as const;
  const wanted: Outputs[] = [];
  for (const each of inputs) {
    const updates = [await completed(problem, knowledge, transform.masks, each, options)];
    wanted.push(...(await outputsOf(unmasked, { ...knowledge, updates }, [each], options)));
  }
  return wanted;
}

/**
 * y where the mask is one, and the candidate's own gradient where it is zero. Unmasked, that is as far from the candidate's gradient as y is
 * masked, in the same direction: what is left out differs by nothing.
 */
async function completed(
  { model, generator }: MatchingProblem,
  { weights, generatorWeights, updates }: MatchingKnowledge,
  masks: ReadonlyMap<string, Uint8Array>,
  inputs: Outputs,
  options: BenchOptions,
): Promise<NamedTensors> {
  if (generator === null || generatorWeights === undefined)
    throw new TypeError('only candidates of a generator are masked here');
  const z = inputs.z as Float32Array;
  const [image] = await generate({ generator, weights: generatorWeights }, z, engineOf(options));
  const gradient = await interceptedGradient(model, weights, image as Float32Array, options);
  const [update] = updates as [NamedTensors];
  return new Map(
    [...update].map(([name, { shape, data }]) => {
      const mask = masks.get(name);
      const own = gradient.get(name)?.data as Float32Array;
      return [name, tensor(shape, mask ? data.map((y, i) => (mask[i] === 0 ? (own[i] as number) : y)) : data)];
    }),
  );
}

/** The share of one candidate in tensors whose first axis is the population. */
const candidateOf = (values: Outputs, candidate: number, population: number): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(values).map(([name, all]) => {
      const size = all.length / population;
      return [name, all.slice(candidate * size, (candidate + 1) * size)];
    }),
  );

const gradientError = (got: Outputs, want: Outputs): number =>
  got.grad === undefined || want.grad === undefined ? 0 : relativeError(got.grad, want.grad);
