import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cachePath, type ProbeResults, probesOnce, readProbes, writeProbes } from './cache.ts';

const results: ProbeResults = { 'onnx-webgpu': { works: false, reason: 'no driver', missing: 'driver' } };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'leakscope-probes-'));
  vi.stubEnv('LEAKSCOPE_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

it('keeps results until the machine changes', async () => {
  expect(await readProbes()).toBeUndefined();
  await writeProbes(results);
  expect(await readProbes()).toEqual(results);
  vi.stubEnv('VK_DRIVER_FILES', '/another/driver.json');
  expect(await readProbes()).toBeUndefined();
});

it('takes a damaged file for none', async () => {
  await writeFile(cachePath(), '{"format": 1, "resul');
  expect(await readProbes()).toBeUndefined();
  expect(await probesOnce(async () => results)).toEqual(results);
});

it('probes once, however many ask at the same time', async () => {
  let probes = 0;
  const slow = async (): Promise<ProbeResults> => {
    probes++;
    await new Promise((resolve) => setTimeout(resolve, 250));
    return results;
  };
  expect(await Promise.all([1, 2, 3].map(() => probesOnce(slow)))).toEqual([results, results, results]);
  expect(probes).toBe(1);
  expect(await readdir(home)).toEqual(['probes.json']);
});

it('lifts the lock of a process that died', async () => {
  await writeFile(`${cachePath()}.lock`, '999999999');
  expect(await probesOnce(async () => results)).toEqual(results);
});

it('lets go of the lock when a probe throws', async () => {
  await expect(probesOnce(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await readdir(home)).toEqual([]);
});

it('works without a folder to write into', async () => {
  await writeFile(join(home, 'file'), '');
  vi.stubEnv('LEAKSCOPE_HOME', join(home, 'file', 'inside'));
  expect(await probesOnce(async () => results)).toEqual(results);
  expect(await readFile(join(home, 'file'), 'utf8')).toBe('');
});
