/** `leakscope conformance`: tests a module of the user's own against its kind's contract. */
import { resolve } from 'node:path';
import { isLeakscopeError, LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { type ConformanceCase, importModule, type LoadedModule, placeOfPart } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { suiteOf, wholeKit } from '../inputs/conformance-suites.ts';
import { command } from '../shell/command.ts';
import { type Io, printResult } from '../shell/io.ts';

export default command({
  name: 'conformance',
  summary: 'tests a module of your own against the contract of its kind',
  description:
    'Tells from the module whether it is a defence, an attack, a victim model or another kind, and runs the cases that the built-in ones pass. A case that fails names the place in the module. Runs in any folder; nothing need be installed there. docs/modules.md describes the kinds.',
  positionals: [
    { name: 'MODULE', summary: 'path of the module, with its parameters: ./mine.ts:key=value', required: true },
  ],
  options: {},
  examples: [
    { line: 'leakscope conformance ./sign.ts', does: 'test a module with its default parameters' },
    { line: 'leakscope conformance ./sign.ts:scale=0.5', does: 'with parameters of its own' },
  ],
  async run({ arguments: [spec = ''], io }) {
    const { name } = parsePlugin(spec, 'MODULE');
    const module = await importModule('module', resolve(name), '.', await wholeKit());
    const { kind } = Object(module.value) as { kind?: unknown };
    const suite = await suiteOf(kind);
    if (suite === undefined) {
      const reason = 'it defines nothing: its default export must return what a define function of the kit made';
      throw new LeakscopeError('MODULE_INVALID', {
        ...module.source,
        place: placeOfPart(module.source, 'export default'),
        reason,
      });
    }
    const cases = suite(spec, process.cwd());
    const failed: string[] = [];
    for (const one of cases) {
      io.signal.throwIfAborted();
      const failure = await failureOf(one, module);
      printResult(io, { case: one.name, ok: failure === undefined, ...failure }, () =>
        failure === undefined ? `ok    ${one.name}` : `FAIL  ${one.name}\n      ${failure.place}: ${failure.reason}`,
      );
      if (failure !== undefined) failed.push(`${failure.place}: ${one.name}`);
    }
    const [first] = failed;
    if (first !== undefined)
      throw new LeakscopeError('MODULE_NONCONFORMING', {
        kind: String(kind),
        failed: failed.length,
        cases: cases.length,
        first,
      });
    summarise(io, String(kind), cases.length);
    return 0;
  },
});

interface Failure {
  /** `path:line` */
  readonly place: string;
  readonly reason: string;
}

/** Undefined where the case holds. Throws what is not the module's to mend: parameters that were left out, a missing file. */
async function failureOf({ part, run }: ConformanceCase, { source }: LoadedModule): Promise<Failure | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (isLeakscopeError(error, 'MODULE_FAILED', 'MODULE_INVALID')) {
      const { place } = error.details as { place: string };
      return { place, reason: error.message.replace(`${place}: `, '').replace(`${place} `, '') };
    }
    if (isLeakscopeError(error) && !MISFITS.test(error.code)) throw error;
    return {
      place: placeOfPart(source, part),
      reason: reasonOf(error).split('\n').slice(0, REASON_LINES).join('\n      '),
    };
  }
}

/** A difference of two values runs over lines. */
const REASON_LINES = 8;

/** Codes by which Leakscope refuses what the module gave it. */
const MISFITS = /^(ENGINE|TENSORS|MODEL)_/;

function summarise(io: Io, kind: string, cases: number): void {
  printResult(io, { kind, cases, failed: 0 }, () => `a ${kind} that meets its contract: ${cases} cases hold`);
}
