/** One SQLite file that several processes of a run share. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isLeakscopeError, LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { MIGRATIONS } from './schema.ts';
import { Database, type DatabaseSync, type SQLInputValue, type StatementSync } from './sqlite.ts';

interface DatabaseOptions {
  /** Do not make a database where there is none. */
  mustExist?: boolean;
  /** How long to wait for another process's write, in milliseconds. */
  busyMs?: number;
}

/**
 * Opens the file, makes it where it is missing (unless `mustExist`), and brings its tables up to date.
 * Throws STORE_RUN_MISSING, STORE_DATABASE_INVALID or STORE_DATABASE_NEWER.
 */
export function openDatabase(path: string, { mustExist = false, busyMs = 15_000 }: DatabaseOptions = {}): DatabaseSync {
  if (mustExist && !existsSync(path)) throw new LeakscopeError('STORE_RUN_MISSING', { path: dirname(path) });
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new Database(path);
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    // Readers and one writer at a time; a killed process leaves a log that the next one replays.
    database.exec('PRAGMA journal_mode = WAL');
    // With WAL, NORMAL survives any crash of a process; a power cut may take the last moments, never the file.
    database.exec('PRAGMA synchronous = NORMAL');
    migrate(database, path);
    return database;
  } catch (cause) {
    database?.close();
    if (isLeakscopeError(cause)) throw cause;
    throw new LeakscopeError('STORE_DATABASE_INVALID', { path, reason: reasonOf(cause), cause });
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = () => get<{ user_version: number }>(database.prepare('PRAGMA user_version'))?.user_version ?? 0;
  const refuseNewer = (found: number) => {
    if (found <= MIGRATIONS.length) return;
    throw new LeakscopeError('STORE_DATABASE_NEWER', { path, version: found, supported: MIGRATIONS.length });
  };
  refuseNewer(version());
  if (version() === MIGRATIONS.length) return;
  transaction(database, () => {
    // Read again: another process may have been first.
    const from = version();
    refuseNewer(from);
    for (const migration of MIGRATIONS.slice(from)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

/**
 * All of `body` or nothing. The write lock is taken at once, so that what is read inside is still true when it is written.
 * Throws STORE_DATABASE_FAILED, as the functions below do, where SQLite cannot go on: locked for too long, disk full.
 */
export function transaction<T>(database: DatabaseSync, body: () => T): T {
  return coded(() => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
}

/** The first row. The caller names the columns in the statement and their types here; tables are STRICT. */
export function get<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | undefined {
  return coded(() => {
    const row = statement.get(...values);
    // A plain object: SQLite's rows have no prototype.
    return row && ({ ...row } as Row);
  });
}

/** All rows; see `get`. */
export function all<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] {
  return coded(() => statement.all(...values).map((row) => ({ ...row }) as Row));
}

/** Runs a statement that gives no rows; returns how many it changed. */
export function run(statement: StatementSync, ...values: SQLInputValue[]): number {
  return coded(() => Number(statement.run(...values).changes));
}

function coded<T>(body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw cause;
    throw new LeakscopeError('STORE_DATABASE_FAILED', { reason: reasonOf(cause), cause });
  }
}
