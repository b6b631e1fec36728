/** What is said where TensorFlow cannot be loaded: no library of this machine is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { availableExecutors, compile, openSession, whyUnavailable } from '../../index.ts';
import { chosen } from '../../selection/choose.ts';
import type * as tf from '../../tf.ts';
import { ADDON, addonPaths } from './addon.ts';

const home = mkdtempSync(join(tmpdir(), 'leakscope-home-'));
const program = compile({
  name: 'test/addon',
  inputs: { x: [1] },
  fn: ({ x }) => ({ outputs: { x: x as tf.Tensor } }),
});

beforeAll(() => vi.stubEnv('LEAKSCOPE_HOME', home));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

it('names an addon that cannot be loaded, with the reason', async () => {
  mkdirSync(join(home, 'tensorflow'));
  const path = join(home, 'tensorflow', ADDON);
  writeFileSync(path, 'no library');
  expect(addonPaths()[0]).toBe(path);
  await expect(openSession(program, { executor: 'tensorflow' })).rejects.toMatchObject({
    code: 'ENGINE_EXECUTOR_UNAVAILABLE',
    message: expect.stringContaining(`${path} cannot be loaded: `),
  });
  expect(whyUnavailable('tensorflow')).toContain(path);
  expect(availableExecutors()).toEqual(['onnx', 'eager']);
});

it.each([false, true])('takes onnx where TensorFlow cannot be loaded, training or not (%s)', async (trains) => {
  expect(await chosen('auto', { trains })).toBe('onnx');
  expect(await chosen('tensorflow', { trains })).toBe('tensorflow');
});
