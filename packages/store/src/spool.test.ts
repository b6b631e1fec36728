import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireDigest } from '@leakscope/shared/digests';
import { chunksOf, Transfer } from '@leakscope/shared/protocol';
import { tensor } from '@leakscope/shared/tensors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from './spool.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = Uint8Array.from({ length: 2500 }, (_, i) => i % 251);
const name = { clientId: 'noise-1', round: 3, digest: wireDigest(whole), bytes: whole.length };

test.each(['chunk', 'commit', 'never'] as const)(
  'with fsync %s, an upload survives connections and processes',
  async (sync) => {
    const chunks = [...chunksOf(whole, { chunkBytes: 1000 })];
    const first = new Spool(folder, { sync });
    const broken = await first.open(name);
    await broken.append((chunks[0] as { data: Uint8Array }).data);
    await first.close();

    const second = new Spool(folder, { sync });
    const upload = await second.open(name);
    const transfer = new Transfer(name);
    for await (const piece of upload.pieces(300)) transfer.resume(piece);
    expect(upload.offset).toBe(1000);
    for (const chunk of chunksOf(whole, { offset: upload.offset, chunkBytes: 1000 })) {
      transfer.check(chunk);
      await upload.append(chunk.data);
    }
    transfer.finish();
    expect(Buffer.compare(await upload.read(), whole)).toBe(0);
    expect(Buffer.compare(readFileSync(upload.path), whole)).toBe(0);
    await second.close();
  },
);

test('a newer connection takes over, and the older one can write no more', async () => {
  const spool = new Spool(folder);
  const older = await spool.open(name);
  await older.append(whole.subarray(0, 10));
  const newer = await spool.open(name);
  await expect(older.append(whole)).rejects.toThrow(expect.objectContaining({ code: 'STORE_UPLOAD_CLOSED' }));
  await newer.append(whole.subarray(10));
  expect(Buffer.compare(await newer.read(), whole)).toBe(0);
  await spool.close();
});

test('uploads of other clients, rounds and contents lie apart', async () => {
  const spool = new Spool(folder);
  const names = [
    name,
    { ...name, clientId: 'b' },
    { ...name, round: 4 },
    { ...name, digest: wireDigest(new Uint8Array()) },
  ];
  for (const [i, one] of names.entries()) await (await spool.open(one)).append(Uint8Array.of(i));
  for (const [i, one] of names.entries()) expect(await (await spool.open(one)).read()).toEqual(Uint8Array.of(i));
  await spool.close();
});

test('discarding starts again, and what is longer than promised is no beginning', async () => {
  const spool = new Spool(folder);
  const upload = await spool.open(name);
  await upload.append(whole);
  await upload.discard();
  expect([upload.offset, (await upload.read()).length]).toEqual([0, 0]);
  await upload.append(Uint8Array.of(1, 2, 3));
  expect([...(await upload.read())]).toEqual([1, 2, 3]);
  const shorter = await spool.open({ ...name, bytes: 2 });
  expect((await shorter.read()).length).toBe(0);
  await spool.close();
});

test('leftovers of earlier rounds go, those of this one stay', async () => {
  const spool = new Spool(folder);
  for (const round of [0, 2, 3, 11]) await spool.open({ ...name, round });
  expect(await spool.removeBefore(3)).toBe(2);
  expect(
    readdirSync(folder)
      .map((file) => file.split('-')[0])
      .sort(),
  ).toEqual(['11', '3']);
  expect(await new Spool(join(folder, 'missing')).removeBefore(3)).toBe(0);
  await spool.close();
});

test('a name from the wire is no path', async () => {
  await expect(new Spool(folder).open({ ...name, clientId: '../../x' })).rejects.toThrow(RangeError);
});

test('values of an update are read slice by slice, written anew, and go with its round', async () => {
  const spool = new Spool(folder);
  const update = (...parts: number[][]) =>
    new Map(parts.map((values, i) => [`w${i}`, tensor([values.length], Float32Array.from(values))]));
  await spool.keepValues(name, update([9, 9, 9, 9, 9, 9]));
  const values = await spool.keepValues(name, update([1, 2, 3], [], [-4.5, 1e30]));
  expect(values.length).toBe(5);
  expect([...(await values.read(0, 5))]).toEqual([1, 2, 3, -4.5, Math.fround(1e30)]);
  expect([...(await values.read(2, 2))]).toEqual([3, -4.5]);
  await expect(values.read(4, 2)).rejects.toThrow(RangeError);
  expect(await spool.removeBefore(name.round + 1)).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
  await spool.close();
});
