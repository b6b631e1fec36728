/** Every kind of attack queue and every policy, by the name that an experiment file uses. */
import type { QueueConfig } from '@leakscope/shared/config';
import type { QueueKind } from './kind.ts';
import { keepAll } from './policies/keep-all.ts';
import { newest } from './policies/newest.ts';
import { sample } from './policies/sample.ts';
import type { AdmissionPolicy, QueuePolicy } from './policy.ts';
import { sqlite } from './sqlite.ts';

const KINDS = { sqlite };

/** Keyed by the names of the experiment's schema: one without its policy does not compile. */
const POLICIES: Record<QueueConfig['policy'], QueuePolicy> = { 'keep-all': keepAll, sample, newest };

/** A kind of queue that ships with Leakscope. */
export function queueKind(name: keyof typeof KINDS): QueueKind {
  return KINDS[name];
}

/** The experiment's policy with its parameters. `seed`: the experiment's, for policies that draw. */
export function admissionPolicy(queue: Pick<QueueConfig, 'policy' | 'limit'>, seed: number | string): AdmissionPolicy {
  const { params, admission } = POLICIES[queue.policy];
  return admission(params.parse({ ...queue, seed }));
}
