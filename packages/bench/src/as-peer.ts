/**
 * Leakscope as the peer of another Leakscope (`peer.ts` is that one's side): two versions, two executors or two settings of one are timed
 * in turns, each in a process of its own.
 */
import { LeakscopeError } from '@leakscope/shared/errors';
import { type BenchOptions, mustBeRight, type Planned } from './case.ts';

interface Question {
  readonly case: string;
  readonly calls: number;
}

/**
 * Answers each line of `lines` with a line to `say`, until there is none. A case stays open for as long as the questions are about it, and is
 * then checked as always. Throws CLI_BENCH_QUESTION_INVALID; CLI_BENCH_WRONG for a case that computed something else.
 */
export async function answerAsPeer(
  cases: readonly Planned[],
  settings: Pick<BenchOptions, 'executor' | 'threads' | 'signal'>,
  lines: AsyncIterator<string>,
  say: (answer: object) => void,
): Promise<void> {
  const next = async (): Promise<Question | undefined> => {
    const line = await lines.next();
    return line.done === true ? undefined : parsed(line.value);
  };
  let question = await next();
  while (question !== undefined) {
    const { case: name } = question;
    const planned = cases.find((one) => one.name === name);
    if (planned === undefined) {
      say({ ms: [] });
      question = await next();
      continue;
    }
    const result = await planned.measure({
      ...settings,
      onDemand: async ({ candidates, calls }) => {
        for (; question?.case === name; question = await next()) say({ ms: await calls(question.calls), candidates });
      },
    });
    mustBeRight(result);
  }
}

function parsed(line: string): Question {
  const invalid = (reason: string) => new LeakscopeError('CLI_BENCH_QUESTION_INVALID', { line, reason });
  let value: Partial<Question>;
  try {
    value = Object(JSON.parse(line));
  } catch {
    throw invalid('no JSON');
  }
  const { case: name, calls } = value;
  if (typeof name !== 'string') throw invalid('case is no text');
  if (!Number.isInteger(calls) || Number(calls) < 1) throw invalid('calls is no whole number above 0');
  return { case: name, calls: Number(calls) };
}
