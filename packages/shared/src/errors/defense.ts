/** Errors of defences. */
import { entry, show } from './entry.ts';

export const defenseErrors = {
  DEFENSE_NEEDS_EXAMPLES: entry<{ defense: string }>(
    'usage',
    (d) => `defence ${d.defense} needs the examples behind the update, which are not at hand`,
    'Give the images, weights and architecture along with the update.',
  ),
  DEFENSE_ORDER_INVALID: entry<{ value: string; hook: string; after: string }>(
    'usage',
    (d) => `defence ${d.value} acts on the ${d.hook} and cannot follow one that acts on the ${d.after}`,
    'Order: those on each example first, then each step, then the update.',
  ),
  DEFENSE_PARAMETER_INVALID: entry<{ defense: string; field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `defence ${d.defense}: ${d.field}=${show(d.value)} is not valid: ${d.reason}`,
    'docs/threat-model.md lists the parameters of each defence.',
  ),
  DEFENSE_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) => `unknown defence ${d.value}${d.suggestion ? ` (${d.suggestion}?)` : ''}; known are ${d.known.join(', ')}`,
    'docs/modules.md shows how to name a module of your own.',
  ),
};
