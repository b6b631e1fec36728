import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeLeftovers, writeFileAtomically } from './atomic.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('makes the folder, replaces the file, leaves nothing beside it', async () => {
  const path = join(folder, 'a', 'b.json');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, Buffer.from('two'));
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(join(folder, 'a'))).toEqual(['b.json']);
});

test('a reader sees the old file or the new one at every moment, never a part', async () => {
  const path = join(folder, 'large');
  const size = 8 << 20;
  await writeFileAtomically(path, Buffer.alloc(size, 0));
  let reads = 0;
  for (let version = 1; version <= 4; version++) {
    let writing = true;
    const written = writeFileAtomically(path, Buffer.alloc(size, version)).finally(() => {
      writing = false;
    });
    while (writing) {
      const bytes = readFileSync(path);
      expect([bytes.length, bytes[0], bytes[size - 1]]).toEqual([size, bytes[0], bytes[0]]);
      expect([version - 1, version]).toContain(bytes[0]);
      reads++;
      await new Promise(setImmediate);
    }
    await written;
  }
  expect(reads).toBeGreaterThan(4);
});

test('a failed write leaves the old file and no other', async () => {
  const path = join(folder, 'kept');
  await writeFileAtomically(join(path, 'inner'), 'x');
  await expect(writeFileAtomically(path, 'y')).rejects.toThrow(); // it is a folder
  expect(readdirSync(folder)).toEqual(['kept']);
});

test('leftovers of the dead go, those of the living stay', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const id = '00000000-0000-4000-8000-000000000000';
  const names = [`.x.${child.pid}-${id}.tmp`, `.y.${process.pid}-${id}.tmp`, 'z.tmp'];
  for (const name of names) writeFileSync(join(folder, name), '');
  expect(await removeLeftovers(folder)).toBe(1);
  expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort());
});
