/** The contract of a queue policy: which jobs an attack queue lets in, and how many may wait. One file a policy. */
import { queueSchema } from '@leakscope/shared/config';
import type { z } from 'zod';
import type { AttackJob } from './attack-job.ts';

/** A policy with its parameters. */
export interface AdmissionPolicy {
  /** Whether the job is let in. `cohort`: the clients of the job's round. All attacks on one update must get one answer. */
  admits(job: Pick<AttackJob, 'round' | 'clientId'>, cohort: readonly string[]): boolean;
  /** Where more than this many jobs wait, the oldest are dropped. */
  readonly mostWaiting?: number;
}

export interface QueuePolicy<P = unknown> {
  /** As written in an experiment file. */
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** Its parameters, of the keys of `queue` and the experiment's `seed`. */
  readonly params: z.ZodType<P>;
  admission(params: P): AdmissionPolicy;
}

/** Types a policy by its parameter schema; returns it unchanged. */
export function definePolicy<S extends z.ZodType>(
  policy: Omit<QueuePolicy<z.output<S>>, 'params'> & { readonly params: S },
): QueuePolicy<z.output<S>> {
  return policy as QueuePolicy<z.output<S>>;
}

/** The key `queue.limit`, for the policies that take it. */
export const { limit } = queueSchema.shape;
