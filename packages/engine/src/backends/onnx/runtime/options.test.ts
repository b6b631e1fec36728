import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { deviceOptions } from './options.ts';

describe('threads of a session', () => {
  test.each([undefined, 0])('%s: as many as the process may use, whatever ONNX Runtime would choose', (threads) => {
    expect(deviceOptions('cpu', { threads }).intraOpNumThreads).toBe(availableParallelism());
  });

  test('as many as were asked for', () => {
    expect(deviceOptions('cpu', { threads: 3 }).intraOpNumThreads).toBe(3);
  });
});
