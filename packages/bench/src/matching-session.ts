/** A matching step's session, and how far what it gives is from what another form of it gives. */
import {
  type MatchingKnowledge,
  type MatchingProblem,
  matchingProgram,
  matchingTensors,
} from '@leakscope/attacker/matching';
import { openSession, type Session } from '@leakscope/engine';
import { globalNorm, type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import { type BenchOptions, engineOf } from './case.ts';

/** What a call gives, or part of it, by name. */
export type Outputs = Readonly<Record<string, Float32Array>>;

export const openMatching = (
  problem: MatchingProblem,
  knowledge: MatchingKnowledge,
  options: BenchOptions,
): Promise<Session> =>
  openSession(matchingProgram(problem), {
    bound: valuesByName(matchingTensors(problem, knowledge)),
    ...engineOf(options),
  });

/** What a step gives for each of some inputs. */
export async function outputsOf(
  problem: MatchingProblem,
  knowledge: MatchingKnowledge,
  inputs: readonly Outputs[],
  options: BenchOptions,
): Promise<Outputs[]> {
  const session = await openMatching(problem, knowledge, options);
  try {
    const outputs: Outputs[] = [];
    for (const each of inputs) outputs.push(await session.run(each));
    return outputs;
  } finally {
    await session.release();
  }
}

/** Of the distance or of the whole loss, relative to ||g||^2 + ||y||^2: both forms subtract sums of that size. */
export function valueError(name: 'match' | 'loss', got: Outputs, want: Outputs, update: NamedTensors): number {
  const square = globalNorm(update) ** 2;
  return Math.max(
    ...Array.from(
      want[name] as Float32Array,
      (value, i) => Math.abs(value - (got[name]?.[i] ?? Number.NaN)) / ((want.g_sq?.[i] ?? 0) + square),
    ),
  );
}
