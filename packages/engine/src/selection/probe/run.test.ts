/** Probes in processes of their own. */
import { expect, it } from 'vitest';
import { probe, probeNow, resultOf } from './run.ts';

it('runs the chains on an executor and times them beside the CPU', async () => {
  const result = await probe('onnx');
  expect(result).toMatchObject({ works: true, device: 'CPU', software: false });
  if (result.works) expect(result.timings?.matching.own).toBeGreaterThan(0);
});

it('only sees whether it works when it must be quick', async () => {
  expect(await probe('onnx', { quick: true })).toEqual({ works: true, device: 'CPU', software: false });
  expect(probeNow('onnx')).toEqual({ works: true, device: 'CPU', software: false });
});

it('gives a reason where the executor does not work', async () => {
  const environment = { ...process.env, VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' };
  if (process.platform !== 'linux') return;
  const result = await probe('onnx-webgpu', { quick: true, environment });
  expect(result).toMatchObject({ works: false, missing: expect.stringMatching(/^(loader|driver)$/) });
});

it('does not wait for ever', async () => {
  expect(await probe('onnx', { timeoutMs: 50 })).toEqual({
    works: false,
    reason: 'its probe gave no answer in 0.05 s',
  });
});

const ended = { status: 0, signal: null, stdout: '', stderr: '' };

it.each([
  [{ ...ended, status: null, signal: 'SIGSEGV' }, 'its probe ended with SIGSEGV: the driver crashed'],
  [{ ...ended, status: 134 }, 'its probe ended with status 134: the driver crashed'],
])('takes a crash for an answer: %j', (how, reason) => expect(resultOf(how)).toEqual({ works: false, reason }));

it('reads the last line that is an answer, among what libraries print', () => {
  const stdout = 'hello\n{"works":true,"device":"","software":false}\n';
  expect(resultOf({ ...ended, stdout })).toEqual({ works: true, device: '', software: false });
});
