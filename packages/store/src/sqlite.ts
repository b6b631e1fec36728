/** Node's own SQLite, without the warning that it is experimental: the Node version is pinned, and our tests run on it. */
import process from 'node:process';

export type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

function load(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

export const { DatabaseSync: Database } = load();
