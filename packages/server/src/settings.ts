/** The experiment's settings in the form that the parts of the server take. */
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { admissionPolicy, type QueueOptions } from '@leakscope/store';
import type { SessionLimits } from './session.ts';
import type { Tokens } from './tokens.ts';

/** The tokens given, else LEAKSCOPE_TOKEN, else the experiment's. Throws SERVER_TOKEN_MISSING. */
export function tokensOf(token: Tokens | undefined, experiment: Experiment): Tokens {
  const tokens = token ?? process.env.LEAKSCOPE_TOKEN ?? experiment.server.token;
  if (tokens === undefined || tokens === '') throw new LeakscopeError('SERVER_TOKEN_MISSING', {});
  return tokens;
}

export function queueOptions({ queue, seed }: Experiment): QueueOptions {
  return { policy: admissionPolicy(queue, seed), attempts: queue.attempts };
}

export function sessionLimits({ server }: Experiment): SessionLimits {
  return {
    ...server.limits,
    helloMs: 1_000 * server.helloSeconds,
    // One ping more than the client waits for: the client, which can come back, is the first to let go.
    silenceMs: 1_000 * server.pingSeconds * (server.silentPings + 1),
    backlogBytes: 16 * server.limits.chunkBytes,
  };
}
