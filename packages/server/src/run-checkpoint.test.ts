import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@leakscope/shared/log';
import { PROTOCOL_LIMITS } from '@leakscope/shared/protocol';
import { equalTensors, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { openStore, type Store } from '@leakscope/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from './run-checkpoint.ts';

const reading = { limits: PROTOCOL_LIMITS, logger: createLogger({ name: 'test', level: 'silent' }) };
const named = (value: number): NamedTensors => new Map([['w', tensor([2], Float32Array.of(value, -value))]]);

let folder = '';
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-checkpoint-'));
  store = openStore(folder, 'server');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

test('comes back as it was written, with and without an optimiser’s memory', async () => {
  expect(await readCheckpoint(store, reading)).toBeUndefined();
  const audited = new Map([['a', 2]]);
  await writeCheckpoint(store, { next: 1, audited, weights: named(1), optimiser: undefined });
  expect(await readCheckpoint(store, reading)).toMatchObject({ next: 1, audited, optimiser: undefined });
  const spec = { name: 'adam', params: { beta1: 0.5 } };
  await writeCheckpoint(store, { next: 2, audited, weights: named(3), optimiser: { spec, tensors: named(7) } });
  const found = await readCheckpoint(store, reading);
  expect(found?.next).toBe(2);
  expect(found?.optimiser?.spec).toEqual(spec);
  expect(equalTensors(found?.weights ?? new Map(), named(3))).toBe(true);
  expect(equalTensors(found?.optimiser?.tensors ?? new Map(), named(7))).toBe(true);
});

test('one of another version is refused by its field', async () => {
  await store.checkpoints.write({ number: 4, state: { audited: [], optimiser: 'sgd' }, parts: new Map() });
  await expect(readCheckpoint(store, reading)).rejects.toMatchObject({
    code: 'STORE_CHECKPOINT_INVALID',
    details: { number: 4, field: 'optimiser' },
  });
});
