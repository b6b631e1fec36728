import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Checkpoints } from './checkpoints.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sample = (number: number) => ({
  number,
  state: { round: number, note: 'ü' },
  parts: new Map([
    ['weights', Uint8Array.from({ length: 5000 }, (_, i) => (i * number) % 256)],
    ['empty', new Uint8Array()],
  ]),
});

/** Buffers as plain arrays. */
const plain = (checkpoint: { parts: ReadonlyMap<string, Uint8Array> } | undefined) =>
  checkpoint && { ...checkpoint, parts: [...checkpoint.parts].map(([name, bytes]) => [name, [...bytes]]) };

test('the newest comes back whole, and only the last two are kept', async () => {
  const checkpoints = new Checkpoints(folder);
  expect(await checkpoints.latest()).toBeUndefined();
  for (const number of [1, 2, 10]) await checkpoints.write(sample(number));
  expect(plain(await checkpoints.latest())).toEqual(plain(sample(10)));
  expect(readdirSync(folder).sort()).toEqual(['00000002.checkpoint', '00000010.checkpoint']);
});

test('a damaged one is passed over, wherever the damage is, and named', async () => {
  const checkpoints = new Checkpoints(folder);
  await checkpoints.write(sample(1));
  await checkpoints.write(sample(2));
  const path = join(folder, '00000002.checkpoint');
  const whole = readFileSync(path);
  for (const length of [0, 1, 255, 256, 300, 4000, whole.length - 1]) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const damaged: string[] = [];
    expect((await checkpoints.latest((file) => damaged.push(file)))?.number, `cut to ${length}`).toBe(1);
    expect(damaged).toEqual([path]);
  }
  for (const at of [3, 40, 260, 3000, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(path, changed);
    expect((await checkpoints.latest())?.number, `changed at ${at}`).toBe(1);
  }
  writeFileSync(path, whole);
  expect((await checkpoints.latest())?.number).toBe(2);
});

test('going back to an earlier round does not lose what is newer than it', async () => {
  const checkpoints = new Checkpoints(folder, { keep: 1 });
  await checkpoints.write(sample(5));
  await checkpoints.write(sample(3));
  expect((await checkpoints.latest())?.number).toBe(5);
});
