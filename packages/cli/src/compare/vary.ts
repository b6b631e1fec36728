/** `--vary KEY=A|B`: which values of a key are compared. */
import { LeakscopeError } from '@leakscope/shared/errors';

/** One value of a key, as `--set` takes it; `defense` is that of every client. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
}

/** Every combination of the values, the last key changing first; at least one key. Throws CLI_OPTION_INVALID. */
export function combinations(varied: readonly string[]): Assignment[][] {
  const keys = varied.map(assignmentsOf);
  const names = keys.map(([first]) => first?.key);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (varied.length === 0) throw invalid('', 'say what differs, as defense=none|noise:sigma=0.1');
  if (twice !== undefined) throw invalid(varied.at(-1) ?? '', `${twice} is varied twice`);
  return keys.reduce<Assignment[][]>(
    (sofar, values) => sofar.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}

function assignmentsOf(text: string): Assignment[] {
  const equals = text.indexOf('=');
  if (equals < 1) throw invalid(text, 'expected KEY=A|B');
  const key = text.slice(0, equals).trim();
  if (key === 'seed') throw invalid(text, 'seeds are repetitions; use --seeds');
  const values = text
    .slice(equals + 1)
    .split('|')
    .map((value) => value.trim());
  if (values.length < 2 || values.includes('')) throw invalid(text, 'expected at least two values, KEY=A|B');
  if (new Set(values).size < values.length) throw invalid(text, 'a value is given twice');
  return values.map((value) => ({ key, value }));
}

const invalid = (value: string, reason: string) =>
  new LeakscopeError('CLI_OPTION_INVALID', { option: '--vary', value, reason });
