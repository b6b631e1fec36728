import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LeakscopeError } from './errors.ts';
import { createLogger } from './log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the file gets JSON lines from debug on, whatever the terminal shows, and is appended to', () => {
  const file = join(folder, 'logs', 'server.log');
  const log = createLogger({ name: 'server', level: 'silent', file });
  log.trace('too fine');
  log.debug({ round: 3 }, 'round starts');
  createLogger({ name: 'server', level: 'silent', file }).info('again');
  expect(lines(file)).toMatchObject([
    { level: 20, name: 'server', round: 3, msg: 'round starts' },
    { level: 30, name: 'server', msg: 'again' },
  ]);
});

test('a coded error is logged with code, hint and cause, without a stack of its own', () => {
  const file = join(folder, 'client.log');
  const cause = new Error('socket hang up');
  createLogger({ name: 'client', level: 'silent', file }).error(
    { err: new LeakscopeError('CLIENT_DISCONNECTED', { url: 'ws://x', reason: cause.message, cause }) },
    'gave up',
  );
  const [line] = lines(file);
  expect(line).toMatchObject({ err: { code: 'CLIENT_DISCONNECTED', cause: { message: 'socket hang up' } } });
  expect(line?.err).not.toHaveProperty('stack');
});
