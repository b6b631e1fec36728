/** The contract of a defence: what the client does to an update, and what an attacker can make of the result. */
import { defined, type Registered } from '@leakscope/shared/module';
import type { Exposure, PrivacyClaim } from '@leakscope/shared/privacy';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { z } from 'zod';
import type { Transform } from './transform.ts';

/** Penultimate features r of a batch and how much each depends on the input; one value per feature, means over the batch. */
export interface FeatureSensitivity {
  /** |r_i|. */
  readonly features: Float32Array;
  /** ‖∂r_i/∂x‖₂. */
  readonly sensitivity: Float32Array;
}

/** What the client offers a defence beside the update. */
export interface DefenseContext {
  /** The stream at a path below this client and round; each tensor draws from its own, so that their order is irrelevant. */
  random(...path: (string | number)[]): Random;
  /** Number of examples whose mean the update is; 1 where it is not said. */
  readonly examples?: number;
  /** Only a client that holds its examples can offer it. */
  sensitivity?(): Promise<FeatureSensitivity>;
}

/** What an attacker knows of a defence that it takes into account: its kind alone, or its parameters too. */
export type Knowledge<P> = 'estimated' | { readonly oracle: P };

export interface Defense<P = unknown> extends Registered {
  readonly kind: 'defence';
  /** One line for `--help`. */
  readonly summary: string;
  /** Validates and completes the parameters. */
  readonly params: z.ZodType<P>;
  /** What it acts on: each example's gradient, each local step's, or the finished update. */
  readonly hook: 'example' | 'step' | 'update';
  /** Whether it looks at the examples beside the update, as `context.sensitivity` does: that voids a claim made before it. */
  readonly readsExamples?: boolean;
  /** With `hook: 'step'`: what is done to each example's gradient before `apply` is given their mean. Must not change `gradient`. */
  perExample?(gradient: NamedTensors, params: P, context: DefenseContext): NamedTensors | Promise<NamedTensors>;
  /** The defended update: same names and shapes, a function of the arguments alone. Must not change `update`. */
  apply(update: NamedTensors, params: P, context: DefenseContext): NamedTensors | Promise<NamedTensors>;
  /** The transform to apply to a candidate's gradient before it is compared with the intercepted `y`. */
  attackerView(y: NamedTensors, knowledge: Knowledge<P>): Transform;
  /** The differential privacy that it promises; absent where it promises none. */
  claim?(params: P, exposure: Exposure): PrivacyClaim;
}

/** A defence, typed by its parameter schema. */
export function defineDefense<S extends z.ZodType>(
  defense: Omit<Defense<z.output<S>>, 'kind' | 'params' | 'module'> & { readonly params: S },
): Defense<z.output<S>> {
  return defined('defence', defense) as Defense<z.output<S>>;
}
