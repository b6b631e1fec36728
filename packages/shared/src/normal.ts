/** The standard normal distribution: density, distribution function and Mills' ratio. Its quantiles are in elementary.ts. */

const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);

/** φ(x). */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / ROOT_OF_TWO_PI;

/** Φ(x) = P[N(0, 1) <= x], relative error below 1e-12 in either tail. */
export function normalCdf(x: number): number {
  const tail = normalDensity(x) * millsRatio(Math.abs(x));
  return x < 0 ? tail : 1 - tail;
}

/** Where the continued fraction takes over, and its terms: both parts are exact to 1e-13 there. */
const [SWITCH, TERMS] = [3, 100];

/** Mills' ratio (1 - Φ(x)) / φ(x) for x >= 0: the tail without its exponential, which neither over- nor underflows. */
export function millsRatio(x: number): number {
  if (x < SWITCH) {
    // Marsaglia 2004: Φ(x) - 1/2 = φ(x) (x + x³/3 + x⁵/(3·5) + ...), all terms positive.
    let term = x;
    let sum = x;
    for (let odd = 3; term > sum * 1e-17; odd += 2) {
      term *= (x * x) / odd;
      sum += term;
    }
    return 0.5 / normalDensity(x) - sum;
  }
  let fraction = x;
  for (let k = TERMS; k >= 1; k--) fraction = x + k / fraction;
  return 1 / fraction;
}
