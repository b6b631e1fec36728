/** The contract of an attack. */
import type { ExecutorChoice } from '@leakscope/engine';
import type { z } from 'zod';
import type { Estimates } from './estimates.ts';
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
   * Candidates in a call of the graph at most, over all updates that share it: it decides speed, memory and the last digits. An attack
   * has a default of its own.
   */
  readonly width?: number;
  readonly onProgress?: (progress: AttackProgress) => void;
}

export interface AttackProgress {
  readonly step: number;
  readonly steps: number;
  /** Best so far, of any of the updates that are attacked side by side. */
  readonly loss: number;
}

/** One point of a loss curve. */
export interface TracePoint {
  readonly step: number;
  /** Smallest loss over the restarts so far. */
  readonly value: number;
}

export interface Reconstruction {
  readonly attack: string;
  /** One for each example, CHW in [-1, 1], with its label. */
  readonly images: readonly Float32Array[];
  readonly imageShape: readonly [channels: number, height: number, width: number];
  readonly labels: readonly number[];
  /** Where the images come from a generator. */
  readonly latents?: readonly Float32Array[];
  /** Of the chosen restart; null where the attack does not look at the gradient. */
  readonly loss: number | null;
  readonly losses: readonly TracePoint[];
  /** Final loss of each restart, null where it diverged; the smallest is chosen. */
  readonly restarts: readonly (number | null)[];
  readonly steps: number;
  /** Updates that the search ran side by side, this one included: it decides the last digits. */
  readonly beside: number;
  /** Candidates in each call of the graph, of all those updates; it decides the last digits too. */
  readonly width: number;
  /** What was inferred from the update, to be compared with the truth by who has it. */
  readonly estimates: Estimates;
  /** All parameters, defaults included. */
  readonly params: Readonly<Record<string, unknown>>;
}

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

/** What an attack offers that gets more done by evaluating several candidates, of one update or of several, in one graph. */
export interface SideBySide<P = Readonly<Record<string, unknown>>> {
  /** What a choice made by measuring must pay for. */
  workload(params: P): Workload;
  /**
   * Median seconds of one call for `size` candidates: a part of one update's, or all of those of several updates like this one.
   * Throws what `reconstruct` throws.
   */
  seconds(input: AttackInput, size: number, params: P, context: AttackContext): Promise<number>;
  /**
   * Updates that met the same weights; one outcome each, in their order. Which of them share a graph follows from the inputs
   * alone. Throws only the signal's reason, and what the engine throws.
   */
  reconstruct(inputs: readonly AttackInput[], params: P, context: AttackContext): Promise<Outcome<Reconstruction>[]>;
}

export interface Attack<P = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly params: z.ZodType<P>;
  readonly requires: Requirements;
  /** A function of input and params alone. Throws ATTACK_DIVERGED, and what the engine throws. */
  reconstruct(input: AttackInput, params: P, context: AttackContext): Promise<Reconstruction>;
  /** Absent where nothing is gained. */
  readonly sideBySide?: SideBySide<P>;
}

/** Types an attack by its parameter schema; returns it unchanged. */
export function defineAttack<S extends z.ZodType>(
  attack: Omit<Attack<z.output<S>>, 'params'> & { readonly params: S },
): Attack<z.output<S>> {
  return attack as Attack<z.output<S>>;
}
