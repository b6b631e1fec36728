import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { keptMeasurements } from './measurements.ts';
import { version } from './version.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-measurements-'));
  path = join(folder, 'deeper', 'measurements.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const number = z.number();
const never = () => Promise.reject(new Error('measured again'));

test('measures once, on each machine', async () => {
  expect(await keptMeasurements(path, 'a').of('speed', number, async () => 3)).toBe(3);
  expect(await keptMeasurements(path, 'a').of('speed', number, never)).toBe(3);
  expect(await keptMeasurements(path, 'b').of('speed', number, async () => 4)).toBe(4);
  expect(await keptMeasurements(path, 'a').of('other', number, async () => 5)).toBe(5);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ 'speed; a': 3, 'speed; b': 4, 'other; a': 5 });
  expect(readdirSync(join(folder, 'deeper'))).toEqual(['measurements.json']);
});

test('another version measures again', async () => {
  await keptMeasurements(path).of('speed', number, async () => 3);
  expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')))).toEqual([
    expect.stringMatching(`^speed; .* node ${process.versions.node}, leakscope ${version()}$`),
  ]);
});

test.each(['', '{"speed; a": ', '[]', 'null', '{"speed; a": "fast"}'])(
  'a file of %j is measured again and replaced',
  async (text) => {
    await keptMeasurements(path, 'a').of('speed', number, async () => 1);
    writeFileSync(path, text);
    expect(await keptMeasurements(path, 'a').of('speed', number, async () => 2)).toBe(2);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ 'speed; a': 2 });
  },
);

test("a failed measurement is nobody's; a folder that cannot be written costs only the keeping", async () => {
  await expect(keptMeasurements(path, 'a').of('speed', number, never)).rejects.toThrow('measured again');
  expect(await keptMeasurements('/dev/null/x.json', 'a').of('speed', number, async () => 2)).toBe(2);
});
