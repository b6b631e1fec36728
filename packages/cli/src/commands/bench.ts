/** `leakscope bench`: how fast the steps that take the time are here, and that they are right. */
import type { ExecutorChoice } from '@leakscope/engine';
import { EXIT, LeakscopeError } from '@leakscope/shared/errors';
import { integerOption } from '../arguments.ts';
import { command } from '../command.ts';
import { textTable } from '../table.ts';

const RIGHT = ['median ms', 'IQR ms', 'relative error'];

export default command({
  name: 'bench',
  summary: 'measures the matching step or the training step on this machine',
  description:
    'Each case is checked against a reference in the same run; a relative error above 1e-4 fails. Close other programs first: a second busy process makes the numbers worthless. docs/performance.md has ours.',
  positionals: [{ name: 'WHAT', summary: 'matching or training', required: true }],
  options: {
    calls: { type: 'string', value: 'N', summary: 'timed calls of each case' },
    threads: { type: 'string', value: 'N', summary: 'threads of the engine; default all' },
    executor: { type: 'string', value: 'NAME', default: 'auto', summary: 'auto, onnx, tensorflow or eager' },
  },
  examples: [
    { line: 'leakscope bench matching --json', does: 'one JSON line a case: value and gradient in z, both stems' },
    { line: 'leakscope bench training --threads 2', does: "a client's training step" },
  ],
  async run({ options, arguments: [what], io }) {
    const { allCorrect, benchMatching, benchTraining } = await import('@leakscope/attacker/bench/index');
    const benches = new Map([
      ['matching', benchMatching],
      ['training', benchTraining],
    ]);
    const bench = benches.get(what ?? '');
    if (!bench) {
      const reason = `expected ${[...benches.keys()].join(' or ')}`;
      throw new LeakscopeError('CLI_OPTION_INVALID', { option: 'WHAT', value: what, reason });
    }
    const cases = await bench({
      executor: await executorOption(options.executor),
      ...(options.calls ? { calls: integerOption('calls', options.calls, 1) } : {}),
      ...(options.threads ? { threads: integerOption('threads', options.threads, 1) } : {}),
      signal: io.signal,
      onCase: (one) => (io.json ? io.print(JSON.stringify(one)) : io.logger.info({ case: one.name }, 'measured')),
    });
    if (!io.json) {
      const rows = cases.map(({ name, median_ms, iqr_ms, rel_error, engine }) => [
        name,
        median_ms.toFixed(2),
        iqr_ms.toFixed(2),
        rel_error.toExponential(1),
        engine,
      ]);
      io.print(textTable(['case', 'median ms', 'IQR ms', 'relative error', 'engine'], rows, RIGHT));
    }
    return allCorrect(cases) ? EXIT.ok : EXIT.computation;
  },
});

async function executorOption(text: string): Promise<ExecutorChoice> {
  const { EXECUTORS } = await import('@leakscope/engine');
  const known = ['auto', ...EXECUTORS].find((name) => name === text);
  if (known !== undefined) return known as ExecutorChoice;
  const reason = `expected auto, ${EXECUTORS.join(', ')}`;
  throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--executor', value: text, reason });
}
