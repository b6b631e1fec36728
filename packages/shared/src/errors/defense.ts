/** Errors of defences. */
import { entry } from './entry.ts';

export const defenseErrors = {
  DEFENSE_UNKNOWN: entry<{ value: string; known: readonly string[] }>(
    'usage',
    (d) => `unknown defence ${d.value}; known are ${d.known.join(', ')}`,
    'docs/add-a-defense.md shows how to name a module of your own.',
  ),
};
