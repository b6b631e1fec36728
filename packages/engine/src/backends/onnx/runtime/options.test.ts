import { describe, expect, test } from 'vitest';
import { defaultThreads } from '../../threads.ts';
import { deviceOptions } from './options.ts';

describe('threads of a session', () => {
  test.each([undefined, 0])('%s: the default, whatever ONNX Runtime would choose', (threads) => {
    expect(deviceOptions('cpu', { threads }).intraOpNumThreads).toBe(defaultThreads());
  });

  test('as many as were asked for', () => {
    expect(deviceOptions('cpu', { threads: 3 }).intraOpNumThreads).toBe(3);
  });
});
