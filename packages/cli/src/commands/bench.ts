/** `leakscope bench`: how fast the steps that take the time are here, that they are right, and whether they were faster before. */
import { createInterface } from 'node:readline';
import type { BenchCase, BenchOptions, Comparison, History, Peer } from '@leakscope/bench';
import { textTable } from '@leakscope/report/text-table';
import { ENGINES } from '@leakscope/shared/config';
import { EXIT, LeakscopeError } from '@leakscope/shared/errors';
import { version } from '@leakscope/shared/version';
import { integerOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import type { Io } from '../shell/io.ts';

const RATE = 'rate';
const RIGHT = ['median ms', 'IQR ms', RATE, 'relative error', 'growth MB', 'before', 'peer'];
const DEFAULT_HISTORY = '.leakscope/bench.jsonl';
/** Among the benchmarks' names. */
const PEER = 'peer';

export default command({
  name: 'bench',
  summary: 'measures what takes the time on this machine, and checks it',
  description:
    'Each case is checked against a reference in the same run; a relative error above 1e-4 fails. Close other programs first: a second busy process makes the numbers worthless. A peer is a program timed in turns with ours: test/peer/pytorch.py is PyTorch, and `leakscope bench peer` is a Leakscope, of another version or with other settings. docs/performance.md has our figures.',
  positionals: [
    {
      name: 'WHAT',
      summary: 'matching, population, training, generator, audits or peak; or peer, to be asked by another',
      required: true,
    },
  ],
  options: {
    case: { type: 'string', value: 'TEXT', summary: 'only cases whose name holds this, as in imagenet or batch32' },
    calls: {
      type: 'string',
      value: 'N',
      summary: 'timed calls of each case; default 20, and in audits as many as 100 updates take',
    },
    threads: { type: 'string', value: 'N', summary: 'threads of the engine; default all' },
    executor: {
      type: 'string',
      value: 'NAME',
      default: 'auto',
      summary: 'auto, onnx, onnx-webgpu, onnx-cuda, tensorflow or eager',
    },
    peer: { type: 'string', value: 'COMMAND', summary: 'a program to compare with, in the same run' },
    history: {
      type: 'string',
      value: 'FILE',
      default: DEFAULT_HISTORY,
      summary: 'JSON lines of earlier runs, to compare with and to add to; none keeps none',
    },
  },
  examples: [
    { line: 'leakscope bench matching --json', does: 'one JSON line a case: value and gradient in z, both stems' },
    { line: 'leakscope bench training --threads 2 --case batch32', does: "a client's training step" },
    { line: 'leakscope bench audits --calls 1', does: 'how many attacks a minute, from one share of a round' },
    {
      line: 'leakscope bench matching --peer "python3 test/peer/pytorch.py --threads 2"',
      does: 'the same in PyTorch, in turns, where you have it',
    },
    {
      line: 'leakscope bench training --executor onnx --peer "leakscope bench peer --executor tensorflow"',
      does: 'one executor against another',
    },
    {
      line: 'leakscope bench matching --peer "../before/node_modules/.bin/leakscope bench peer"',
      does: 'this version against another, installed elsewhere',
    },
  ],
  async run({ options, arguments: [what], io }) {
    const { BENCHES, History, mustBeRight, openPeer } = await import('@leakscope/bench');
    const engine = {
      executor: executorOption(options.executor),
      ...(options.threads ? { threads: integerOption('threads', options.threads, 1) } : {}),
    };
    if (what === PEER) {
      for (const option of ['case', 'calls', 'peer'] as const) {
        if (options[option] === undefined) continue;
        const reason = 'whoever asks a peer decides that';
        throw new LeakscopeError('CLI_OPTION_INVALID', { option: `--${option}`, value: options[option], reason });
      }
      await answerQuestions(engine, io);
      return EXIT.ok;
    }
    const bench = BENCHES.get(what ?? '');
    if (!bench) {
      const reason = `expected ${[...BENCHES.keys(), PEER].join(', ')}`;
      throw new LeakscopeError('CLI_OPTION_INVALID', { option: 'WHAT', value: what, reason });
    }
    const cases = bench().filter(({ name }) => name.includes(options.case ?? ''));
    if (cases.length === 0) {
      const reason = `the cases are ${bench()
        .map(({ name }) => name)
        .join(', ')}`;
      throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--case', value: options.case, reason });
    }
    const settings = {
      ...engine,
      ...(options.calls ? { calls: integerOption('calls', options.calls, 1) } : {}),
    };
    const history = options.history === 'none' ? undefined : await History.open(options.history);
    const peer = options.peer ? await openPeer(options.peer) : undefined;
    const measured: [BenchCase, Comparison | undefined][] = [];
    try {
      for (const one of cases) {
        const result = await one.measure({
          ...settings,
          ...(peer && { peer }),
          signal: io.signal,
          onProgress: ({ case: name, done, total, unit }) =>
            io.progress.report({ phase: `${name} (${unit})`, done, total }),
        });
        io.progress.end();
        const previous = history?.previous(result);
        measured.push([result, previous]);
        if (io.json) io.print(JSON.stringify(previous === undefined ? result : { ...result, previous }));
        else io.logger.info({ case: result.name }, 'measured');
      }
      if (!io.json) io.print(table(measured, peer));
      const results = measured.map(([result]) => result);
      for (const one of results) mustBeRight(one);
      await peer?.close();
      await remember(history, results);
      return EXIT.ok;
    } catch (error) {
      // Ctrl-C stops a peer in the same terminal too, which then fails.
      io.signal.throwIfAborted();
      throw error;
    } finally {
      // What went wrong before says more than that the peer did not like its end.
      await peer?.close().catch(() => {});
    }
  },
});

/** Says who this is and answers the lines of standard input. Throws what `answerAsPeer` does. */
async function answerQuestions(engine: Pick<BenchOptions, 'executor' | 'threads'>, io: Io): Promise<void> {
  const { answerAsPeer, BENCHES } = await import('@leakscope/bench');
  const questions = createInterface({ input: process.stdin, signal: io.signal });
  const say = (answer: object): void => io.print(JSON.stringify(answer));
  say({ name: `Leakscope ${version()}, executor ${engine.executor}, ${engine.threads ?? 'all'} threads` });
  const cases = [...BENCHES.values()].flatMap((bench) => bench());
  try {
    await answerAsPeer(cases, { ...engine, signal: io.signal }, questions[Symbol.asyncIterator](), say);
  } finally {
    // Whoever asks waits for an answer, or for this process to end, which an open input would keep from it.
    questions.close();
  }
}

/** A wrong result's time is no measurement: only a run that is right is kept. */
async function remember(history: History | undefined, cases: readonly BenchCase[]): Promise<void> {
  if (history !== undefined) for (const one of cases) await history.add(one);
}

function table(measured: readonly [BenchCase, Comparison | undefined][], peer: Peer | undefined): string {
  const rows = measured.map(([one, previous]) => [
    one.name,
    one.median_ms.toFixed(2),
    one.iqr_ms.toFixed(2),
    rate(one),
    one.rel_error.toExponential(1),
    one.engine,
    `${one.growth_mb}`,
    previous === undefined ? '' : `${previous.median_ms.toFixed(2)} (${previous.ratio.toFixed(2)}x)`,
    ...(peer === undefined ? [] : [one.peer === undefined ? '' : peerCell(one.peer)]),
  ]);
  const columns = [
    'case',
    'median ms',
    'IQR ms',
    RATE,
    'relative error',
    'engine',
    'growth MB',
    'before',
    ...(peer ? ['peer'] : []),
  ];
  const text = textTable(columns, rows, RIGHT);
  return peer === undefined ? text : `${text}\npeer: ${peer.name}; its median, and how many times faster ours is`;
}

/** 10^9 multiplications a second, and what share of a forward pass's rate where one was timed beside it; or audits a minute. */
function rate({ gmac, per_minute, median_ms, peak_share }: BenchCase): string {
  if (per_minute !== undefined) return `${per_minute} a minute`;
  if (gmac === undefined) return '';
  const each = `${((1000 * gmac) / median_ms).toFixed(1)} GMAC/s`;
  return peak_share === undefined ? each : `${each} (${Math.round(100 * peak_share)} % of a forward pass)`;
}

const peerCell = ({ median_ms, ratio }: NonNullable<BenchCase['peer']>): string =>
  `${median_ms.toFixed(2)} (${ratio.toFixed(2)}x)`;

function executorOption(text: string): (typeof ENGINES)[number] {
  const found = ENGINES.find((name) => name === text);
  if (found !== undefined) return found;
  const reason = `expected one of ${ENGINES.join(', ')}`;
  throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--executor', value: text, reason });
}
