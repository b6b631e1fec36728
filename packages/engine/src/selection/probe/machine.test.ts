import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fingerprint, gpusTurnedOff, mayHaveGpu } from './machine.ts';

let devices: string;
beforeEach(async () => {
  devices = await mkdtemp(join(tmpdir(), 'leakscope-devices-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(devices, { recursive: true });
});

it.each([
  ['nothing', undefined, false],
  ["a display's card alone", 'dri/card0', false],
  ['a render node', 'dri/renderD128', true],
  ["NVIDIA's device", 'nvidia0', true],
  ["NVIDIA's control device alone", 'nvidiactl', false],
  ["Windows' GPU in its Linux subsystem", 'dxg', true],
])('Linux with %s', async (_, file, expected) => {
  await mkdir(join(devices, 'dri'));
  if (file !== undefined) await writeFile(join(devices, file), '');
  expect(mayHaveGpu('linux', devices)).toBe(expected);
});

it.each(['darwin', 'win32'])('%s may always have one', (platform) => expect(mayHaveGpu(platform, devices)).toBe(true));

it.each([
  ['off', true],
  ['0', true],
  ['False', true],
  ['on', false],
  ['', false],
  [undefined, false],
])('LEAKSCOPE_GPU=%s', (value, off) => expect(gpusTurnedOff(value)).toBe(off));

it('changes with what a probe depends on, and with nothing else', () => {
  const before = fingerprint();
  expect(fingerprint()).toBe(before);
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '3');
  expect(fingerprint()).not.toBe(before);
});
