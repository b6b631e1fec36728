/** The contract of a kind of attack queue: where jobs wait. One file a kind; `queue-suite.fixture.ts` tests any of them. */
import type { z } from 'zod';
import type { DatabaseSync } from '../sqlite.ts';
import type { AttackQueue, QueueOptions } from './attack-queue.ts';

export interface QueueKind<P = unknown> {
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  readonly params: z.ZodType<P>;
  /** `run.database` is that of the run folder, for a kind that keeps its jobs there. */
  open(params: P, run: { readonly database: DatabaseSync }, options: QueueOptions): AttackQueue;
}

/** Types a kind of queue by its parameter schema; returns it unchanged. */
export function defineQueue<S extends z.ZodType>(
  kind: Omit<QueueKind<z.output<S>>, 'params'> & { readonly params: S },
): QueueKind<z.output<S>> {
  return kind as QueueKind<z.output<S>>;
}
