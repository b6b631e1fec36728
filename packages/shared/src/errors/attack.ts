/** Errors of attacks and attack workers. */
import { entry } from './entry.ts';

export const attackErrors = {
  ATTACK_REFUSED: entry<{ attack: string; reason: string }>(
    'usage',
    (d) => `attack ${d.attack} is refused: ${d.reason}`,
    'Give the attack what it needs in attack.threat, or choose another attack.',
  ),
};
