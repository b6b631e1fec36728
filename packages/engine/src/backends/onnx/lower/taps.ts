/** Selects taps of a filter: those that meet a pixel, those of one phase of a stride, or all of them flipped. */
import type { Emitter } from './emitter.ts';

/** Taps along one axis: `count` of them from `from` on, `step` apart; a negative step flips. */
export interface TapRange {
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

/** Taps beyond which multiplying with zeros costs more than copying. */
const LARGEST_SELECTION = 16;

/**
 * Filters [O, I, rows.count, columns.count] of `w` [O, I, kh, kw]. Constant weights are sliced. Weights that change with each call are
 * multiplied by a matrix of zeros and ones: that runs on all threads, while a slice copies value by value on one (5 times as long).
 */
export function pickTaps(
  e: Emitter,
  w: string,
  inChannels: number,
  kernel: readonly [number, number],
  ranges: readonly [TapRange, TapRange],
): string {
  if (ranges.every(({ from, step, count }, i) => from === 0 && step === 1 && count === kernel[i])) return w;
  const taps = kernel[0] * kernel[1];
  if (e.isConstant(w) || taps > LARGEST_SELECTION || e.device !== 'cpu') return sliced(e, w, ranges);
  const [rows, columns] = ranges.map(({ from, step, count }) =>
    Array.from({ length: count }, (_, i) => from + i * step),
  );
  const picks = (rows as number[]).flatMap((row) => (columns as number[]).map((column) => row * kernel[1] + column));
  const picked = e.emit('MatMul', [e.reshape(w, [-1, taps]), e.selection(taps, picks)]);
  return e.reshape(picked, [-1, inChannels, ranges[0].count, ranges[1].count]);
}

function sliced(e: Emitter, w: string, ranges: readonly TapRange[]): string {
  // An end before the first element must be a very small number: -1 would mean the last element.
  const ends = ranges.map(({ from, step, count }) => {
    const end = from + count * step;
    return end < 0 ? -(2 ** 31) : end;
  });
  return e.slice(
    w,
    [2, 3],
    ranges.map(({ from }) => from),
    ends,
    ranges.map(({ step }) => step),
  );
}
