import { describe, expect, test } from 'vitest';
import { mustBeRight, quantile, relativeError, time } from './case.ts';
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
        return { ms: Array.from({ length: calls }, () => 10), candidates: 2 };
      },
      close: async () => {},
    };
    const nap = () => new Promise((resolve) => setTimeout(resolve, 5));
    const timing = await time({ name: 'x', prepare: () => 0, call: nap, candidates: 32 }, { calls: 6, peer });
    expect(asked).toEqual([
      ['x', 1],
      ['x', 5],
      ['x', 5],
    ]);
    expect(timing.peer).toMatchObject({ name: 'other', median_ms: 10, iqr_ms: 0, calls: 10, candidates: 2 });
    expect(timing.peer?.ratio).toBeCloseTo(160 / timing.median_ms, 2);
  });

  test('a peer without the case is left out', async () => {
    const peer: Peer = { name: 'other', time: async () => ({ ms: [], candidates: 1 }), close: async () => {} };
    const timing = await time({ name: 'x', prepare: () => 0, call: async () => {} }, { calls: 1, peer });
    expect(timing).not.toHaveProperty('peer');
  });

  test('on demand, times as many calls as it is asked for, and goes on where it was', async () => {
    const seen: number[] = [];
    const call = async (index: number): Promise<unknown> => seen.push(index);
    const answers: number[] = [];
    const timing = await time(
      { name: 'x', prepare: (index) => index, call, candidates: 4 },
      {
        onDemand: async (watch) => {
          for (const asked of [1, 3]) answers.push((await watch.calls(asked)).length, watch.candidates);
        },
      },
    );
    expect(answers).toEqual([1, 4, 3, 4]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(timing.calls).toBe(4);
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

test.each([
  ['within the limit', 1e-5, true],
  ['above it', 2e-4, false],
  ['none that is a number', Number.NaN, false],
])('a relative error %s', (_, rel_error, right) => {
  const check = () => mustBeRight({ name: 'x', rel_error });
  if (right) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'CLI_BENCH_WRONG' }));
});

test('relative errors are of norms', () => {
  expect(relativeError([3, 4], [3, 5])).toBeCloseTo(1 / Math.sqrt(34));
});
