/** An axis of shares: its range from the values, its ticks, and where a value lies. Values below −50 % stand at its edge, and it says so. */
import { percent } from '../format.ts';

export interface Axis {
  /** Place on the drawing, rounded; a clipped value lies on the edge. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  readonly lowest: number;
  /** Whether a value lies below the axis. */
  readonly clipped: boolean;
}

/** Far below the prior an attack only failed harder: how far would squeeze all that matters. */
const FLOOR = -0.5;

/** `places`: of the range's lower and upper end on the drawing. At least one value. */
export function axisOver(values: readonly number[], [start, end]: readonly [number, number]): Axis {
  const [low, high] = [Math.max(FLOOR, Math.min(...values)), Math.max(FLOOR, ...values)];
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].find((one) => (high - low) / one <= 5) ?? 0.5;
  const lowest = Math.floor(low / step + 1e-9) * step;
  const count = Math.max(1, Math.ceil((high - lowest) / step - 1e-9));
  const clipped = Math.min(...values) < FLOOR;
  const highest = lowest + count * step;
  return {
    lowest,
    clipped,
    at: (value) => {
      const share = (Math.min(highest, Math.max(lowest, value)) - lowest) / (highest - lowest);
      return Number((start + share * (end - start)).toFixed(1));
    },
    ticks: Array.from({ length: count + 1 }, (_, i) => {
      const value = Number((lowest + i * step).toFixed(6));
      return { value, text: `${clipped && i === 0 ? '≤ ' : ''}${percent(value)}` };
    }),
  };
}
