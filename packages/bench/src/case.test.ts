import { describe, expect, test } from 'vitest';
import { allCorrect, type BenchCase, environment, quantile, relativeError, time } from './case.ts';
import type { Peer } from './peer.ts';

describe('time', () => {
  test('leaves out the warm-up and the making of inputs', async () => {
    const seen: number[] = [];
    const timing = await time(
      {
        name: 'x',
        prepare: (index) => index,
        async call(index) {
          seen.push(index);
          await new Promise((resolve) => setTimeout(resolve, index < 3 ? 40 : 2));
        },
      },
      { calls: 5 },
    );
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(timing.calls).toBe(5);
    expect(timing.min_ms).toBeGreaterThan(1);
    expect(timing.min_ms).toBeLessThan(40);
    expect(timing.median_ms).toBeGreaterThanOrEqual(timing.min_ms);
  });

  test('tells by how much the process grew in the timed calls', async () => {
    const kept: Buffer[] = [];
    const keep = async (): Promise<unknown> => kept.push(Buffer.alloc(20e6, 1));
    const grown = await time({ name: 'x', prepare: () => 0, call: keep }, { calls: 10 });
    expect(kept).toHaveLength(13);
    expect(grown.growth_mb).toBeGreaterThan(150);
    expect(grown.growth_mb).toBeLessThan(400);
  });

  test('takes turns with a peer, and compares as much work with as much', async () => {
    const asked: [string, number][] = [];
    const peer: Peer = {
      name: 'other',
      time: async (name, calls) => {
        asked.push([name, calls]);
        return Array.from({ length: calls }, () => 10);
      },
      close: async () => {},
    };
    const nap = () => new Promise((resolve) => setTimeout(resolve, 5));
    const timing = await time({ name: 'x', prepare: () => 0, call: nap, peerCalls: 32 }, { calls: 6, peer });
    expect(asked).toEqual([
      ['x', 1],
      ['x', 5],
      ['x', 5],
    ]);
    expect(timing.peer).toMatchObject({ name: 'other', median_ms: 10, iqr_ms: 0, calls: 10 });
    expect(timing.peer?.ratio).toBeCloseTo(320 / timing.median_ms, 2);
  });

  test('a peer without the case is left out', async () => {
    const peer: Peer = { name: 'other', time: async () => [], close: async () => {} };
    const timing = await time({ name: 'x', prepare: () => 0, call: async () => {} }, { calls: 1, peer });
    expect(timing).not.toHaveProperty('peer');
  });

  test('stops when asked to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(time({ name: 'x', prepare: (i) => i, call: async () => {} }, { signal })).rejects.toThrow('enough');
  });
});

test('quantiles interpolate between neighbours', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([5], 0.25)).toBe(5);
});

test('a relative error above the limit, or none at all, fails a run', () => {
  const of = (rel_error: number): BenchCase => ({
    name: 'x',
    median_ms: 1,
    iqr_ms: 0,
    min_ms: 1,
    calls: 1,
    growth_mb: 0,
    items: 1,
    rel_error,
    engine: 'onnx',
    threads: 1,
    compile_ms: 0,
    open_ms: 0,
    ...environment(),
  });
  expect(allCorrect([of(0), of(1e-5)])).toBe(true);
  expect(allCorrect([of(0), of(2e-4)])).toBe(false);
  expect(allCorrect([of(Number.NaN)])).toBe(false);
  expect(relativeError([3, 4], [3, 5])).toBeCloseTo(1 / Math.sqrt(34));
});
