import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BenchCase, environment } from './case.ts';
import { History } from './history.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leakscope-history-'));
});
afterAll(() => rm(folder, { recursive: true }));

const measured = (median_ms: number, changes: Partial<BenchCase> = {}): BenchCase => ({
  name: 'matching/x',
  median_ms,
  iqr_ms: 0,
  min_ms: 1,
  calls: 1,
  growth_mb: 0,
  items: 1,
  rel_error: 0,
  engine: 'onnx',
  threads: 2,
  compile_ms: 0,
  open_ms: 0,
  ...environment(),
  ...changes,
});

test('a run is compared with the last one of its kind, and added', async () => {
  const file = join(folder, 'new', 'bench.jsonl');
  const first = await History.open(file);
  expect(first.previous(measured(10))).toBeUndefined();
  await first.add(measured(10), new Date(0));
  await first.add(measured(30, { threads: 1 }));
  expect(first.previous(measured(10))).toBeUndefined();

  const second = await History.open(file);
  expect(second.previous(measured(4))).toEqual({ time: '1970-01-01T00:00:00.000Z', median_ms: 10, ratio: 2.5 });
  expect(second.previous(measured(4, { engine: 'eager' }))).toBeUndefined();
  expect(second.previous(measured(4, { name: 'matching/y' }))).toBeUndefined();
  expect(second.previous(measured(4, { machine: { cpu: 'other', cores: 2, memory_gb: 1 } }))).toBeUndefined();
  await second.add(measured(4));
  expect((await History.open(file)).previous(measured(2))).toMatchObject({ median_ms: 4, ratio: 2 });
  expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
});

test.each([
  ['no JSON', '{}\nfoo', 1, 'not a measurement'],
  ['something else', `${JSON.stringify({ time: 'x', ...measured(1) })}\n{"a`, 2, 'no JSON'],
])('%s is named with its line', async (_, text, line, reason) => {
  const file = join(folder, 'damaged.jsonl');
  await writeFile(file, text);
  await expect(History.open(file)).rejects.toMatchObject({
    code: 'CLI_BENCH_HISTORY_INVALID',
    details: { file, line, reason: expect.stringContaining(reason) },
  });
});
