/** Functions that optimisers are measured on, with their gradients; all have their minimum, 0, at 0, Rosenbrock's at 1. */

/** Value at x, and the gradient, which it writes into `slope`. */
export type Landscape = (x: Float64Array, slope: Float64Array) => number;

const TURN = 2 * Math.PI;
const sumOf = (x: Float64Array, term: (value: number) => number): number => x.reduce((sum, v) => sum + term(v), 0);

export const sphere: Landscape = (x, slope) => {
  for (const [i, v] of x.entries()) slope[i] = 2 * v;
  return sumOf(x, (v) => v * v);
};

/** A bent valley: Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)². */
export const rosenbrock: Landscape = (x, slope) => {
  slope.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const v = x[i] as number;
    const off = (x[i + 1] as number) - v * v;
    value += 100 * off * off + (1 - v) ** 2;
    slope[i] = (slope[i] as number) - 400 * v * off - 2 * (1 - v);
    slope[i + 1] = (slope[i + 1] as number) + 200 * off;
  }
  return value;
};

/** A bowl full of pits: 10 n + Σ x² - 10 cos 2πx. */
export const rastrigin: Landscape = (x, slope) => {
  for (const [i, v] of x.entries()) slope[i] = 2 * v + 10 * TURN * Math.sin(TURN * v);
  return 10 * x.length + sumOf(x, (v) => v * v - 10 * Math.cos(TURN * v));
};

/** A plain full of pits about a funnel. */
export const ackley: Landscape = (x, slope) => {
  const n = x.length;
  const radius = Math.sqrt(sumOf(x, (v) => v * v) / n);
  const funnel = 20 * Math.exp(-0.2 * radius);
  const pits = Math.exp(sumOf(x, (v) => Math.cos(TURN * v)) / n);
  for (const [i, v] of x.entries()) {
    slope[i] = (0.2 * funnel * v) / (n * (radius || 1)) + (pits * TURN * Math.sin(TURN * v)) / n;
  }
  return 20 - funnel + Math.E - pits;
};
