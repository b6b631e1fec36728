/** Errors of a user's own module: the fault is the module's, never Leakscope's. */
import { entry } from './entry.ts';

export const moduleErrors = {
  MODULE_FAILED: entry<{ kind: string; place: string; part: string; reason: string }>(
    'usage',
    (d) => `${d.place}: ${d.part} of this ${d.kind} failed: ${d.reason}`,
    'The fault is in this module. leakscope conformance PATH tests it by itself; docs/modules.md describes its kind.',
  ),
  MODULE_INVALID: entry<{ kind: string; place: string; reason: string }>(
    'usage',
    (d) => `${d.place} cannot be used as ${d.kind}: ${d.reason}`,
    'docs/modules.md shows what a module of each kind exports. leakscope conformance PATH tests one.',
  ),
  MODULE_NONCONFORMING: entry<{ kind: string; failed: number; cases: number; first: string }>(
    'usage',
    (d) => `${d.failed} of ${d.cases} cases fail for this ${d.kind}; the first is ${d.first}`,
    'Each failing case names the place in the module. docs/modules.md says what its kind must do.',
  ),
};
