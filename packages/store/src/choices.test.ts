import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from './store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-choices-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the first choice stands, for every process and after a restart', async () => {
  const server = openStore(folder, 'server');
  const worker = openStore(folder, 'attacker');
  expect(worker.choices.get('together/0')).toBeUndefined();
  expect(worker.choices.make('together/0', { size: 4 })).toMatchObject({ name: 'together/0', value: { size: 4 } });
  expect(server.choices.make('together/0', { size: 1 }).value).toEqual({ size: 4 });
  expect(server.choices.make('together/1', { size: 2 }).value).toEqual({ size: 2 });
  await Promise.all([server.close(), worker.close()]);
  const again = openStore(folder, 'reader');
  expect(again.choices.list().map(({ name, value }) => [name, value])).toEqual([
    ['together/0', { size: 4 }],
    ['together/1', { size: 2 }],
  ]);
  await again.close();
});
