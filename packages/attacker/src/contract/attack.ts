/** The contract of an attack. */
import type { ExecutorChoice } from '@leakscope/engine';
import { defined, type Registered } from '@leakscope/shared/module';
import type { z } from 'zod';
import type { Choices, ChosenParts } from './parameters.ts';
import type { Reconstruction } from './reconstruction.ts';
import type { OracleKnowledge, Requirements, ThreatModel } from './threat.ts';
import type { InterceptedUpdate } from './update.ts';

/** Everything that an attack may look at. There is no truth in it, by type. */
export interface AttackInput {
  readonly update: InterceptedUpdate;
  readonly threat: ThreatModel;
  readonly oracle?: OracleKnowledge;
}

/** How an attack is run; nothing here may change its result, rounding apart. */
export interface AttackContext {
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
  /** Folder that relative paths in parameters start from; default the current one. */
  readonly base?: string;
  /** Checked between steps; the attack then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Candidates in a call of the graph at most, those of the whole cohort together: it decides speed, memory and the last digits. An
   * attack has a default of its own.
   */
  readonly population?: number;
  readonly onProgress?: (progress: AttackProgress) => void;
}

export interface AttackProgress {
  readonly step: number;
  readonly steps: number;
  /** Best so far, of any update of the cohort. */
  readonly loss: number;
}

/** What an attack finds. Who runs it adds its name and parameters, which make it a `Reconstruction`. */
export type Findings = Omit<Reconstruction, 'attack' | 'params'>;

/** What became of one of several updates. */
export type Outcome<T> = PromiseSettledResult<T>;

/** What a search has evaluated. */
export interface Workload {
  readonly steps: number;
  /** Candidates that a step evaluates for one update. */
  readonly candidates: number;
  /** Whether it takes their gradients too. */
  readonly gradient: boolean;
}

/**
 * How an attack takes a cohort: updates that met the same weights and share one graph. It is for attacks that get more done by
 * evaluating several candidates at once, of one update or of several.
 */
export interface CohortAttack<P = Readonly<Record<string, unknown>>> {
  /** What a choice made by measuring must pay for. */
  workload(params: P): Workload;
  /**
   * Median seconds of one call for a population: some of one update's candidates, or all of those of several updates like this one.
   * Throws what `reconstruct` throws.
   */
  seconds(input: AttackInput, population: number, params: P, context: AttackContext): Promise<number>;
  /**
   * One outcome for each update, in their order. Which of them share a graph follows from the inputs alone. Throws only the
   * signal's reason, and what the engine throws.
   */
  reconstruct(inputs: readonly AttackInput[], params: P, context: AttackContext): Promise<Outcome<Findings>[]>;
}

export interface Attack<P = Readonly<Record<string, unknown>>> extends Registered {
  readonly kind: 'attack';
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Its own parameters. */
  readonly params: z.ZodObject;
  /** What it is made of, by the parameter that chooses it; each part is then a parameter, with its own. */
  readonly parts?: Choices;
  readonly requires: Requirements;
  /** Losses or gradients of one candidate that an update takes at most: its cost, told before it starts. Absent where it searches nothing. */
  evaluations?(params: P): number;
  /** A function of input and params alone. Throws ATTACK_DIVERGED, and what the engine throws. */
  reconstruct(input: AttackInput, params: P, context: AttackContext): Promise<Findings>;
  /** Absent where nothing is gained. */
  readonly cohort?: CohortAttack<P>;
}

/** Types an attack by the schema of its parameters and by its parts. */
export function defineAttack<S extends z.ZodObject, C extends Choices = Record<never, never>>(
  attack: Omit<Attack<z.output<S> & ChosenParts<C>>, 'kind' | 'params' | 'parts'> & {
    readonly params: S;
    readonly parts?: C;
  },
): Attack<z.output<S> & ChosenParts<C>> {
  return defined('attack', attack);
}
