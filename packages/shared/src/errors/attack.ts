/** Errors of attacks and attack workers. */
import { entry, show } from './entry.ts';

export const attackErrors = {
  ATTACK_DIVERGED: entry<{ attack: string; step: number }>(
    'computation',
    (d) => `attack ${d.attack} diverged: no restart has a finite loss and gradient at step ${d.step}`,
    'The attempt is counted as failed. A lower learning rate or the cosine loss may converge.',
  ),
  ATTACK_JOB_INVALID: entry<{ job: string; reason: string }>(
    'storage',
    (d) => `attack job ${d.job} cannot be run: ${d.reason}`,
    'The job is counted as failed; its update or weights may have been removed from the run folder.',
  ),
  ATTACK_PARAMETER_INVALID: entry<{ attack: string; field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `attack ${d.attack}: ${d.field}=${show(d.value)} is not valid: ${d.reason}`,
    'docs/attacks.md lists the parameters of each attack.',
  ),
  ATTACK_PARAMETER_UNMATCHED: entry<{ model: string; parameter: string }>(
    'internal',
    (d) => `gradient matching has no rule for ${d.parameter} of ${d.model}`,
    'Give the layer a rule in packages/attacker/src/matching/gradient.ts.',
  ),
  ATTACK_PART_UNKNOWN: entry<{
    kind: string;
    value: string;
    known: readonly string[];
    suggestion?: string | undefined;
  }>(
    'usage',
    (d) =>
      `unknown ${d.kind} ${show(d.value)}${d.suggestion ? ` (${d.suggestion}?)` : ''}; known are ${d.known.join(', ')}`,
    'docs/attacks.md describes them; docs/modules.md shows how to name a module of your own.',
  ),
  ATTACK_REFUSED: entry<{ attack: string; reason: string }>(
    'usage',
    (d) => `attack ${d.attack} is refused: ${d.reason}`,
    'Give the attack what it needs in attack.threat, or choose another attack.',
  ),
  ATTACK_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `unknown attack ${show(d.value)}${d.suggestion ? ` (${d.suggestion}?)` : ''}; known are ${d.known.join(', ')}`,
    'docs/attacks.md says what each attack does.',
  ),
  ATTACK_WORKER_LOST: entry<{ job: string }>(
    'computation',
    (d) => `the worker of job ${d.job} went silent on its last attempt`,
    'The attempt is counted as failed. The log of the worker says why it ended; memory is the usual cause.',
  ),
};
