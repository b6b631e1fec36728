/**
 * Points that fill the unit cube more evenly than draws do: a digital net after Sobol' (1967), by primitive polynomials, with direction
 * numbers drawn at random and scrambled by a digital shift. Bratley and Fox, "Algorithm 659", ACM TOMS 14 (1988).
 */
import type { Random } from '@leakscope/shared/random';

/**
 * `count` points of `dimension` coordinates. Of 2^k points each coordinate has one in every 2^k-th of its range, and the first two
 * coordinates have as many in every rectangle of equal area that halving gives.
 */
export function sobol(count: number, dimension: number, random: Random): Float64Array[] {
  const bits = Math.max(1, Math.ceil(Math.log2(count)));
  const points = Array.from({ length: count }, () => new Float64Array(dimension));
  for (const [k, directions] of directionNumbers(dimension, bits, random).entries()) {
    let cell = random.int(2 ** bits);
    for (const [i, point] of points.entries()) {
      // In Gray code's order a point differs from the last by one direction number.
      if (i > 0) cell ^= directions[31 - Math.clz32(i & -i)] as number;
      point[k] = (cell + random.uniform()) / 2 ** bits;
    }
  }
  return points;
}

/** Of each coordinate `bits` numbers of as many bits, of which the i-th has its lowest one i places from the left. */
function directionNumbers(dimension: number, bits: number, random: Random): number[][] {
  const first = Array.from({ length: bits }, (_, i) => 1 << (bits - 1 - i));
  const others = primitivePolynomials(dimension - 1).map((polynomial) => {
    const degree = 31 - Math.clz32(polynomial);
    const numbers: number[] = [];
    for (let i = 0; i < bits; i++) {
      if (i < degree) {
        numbers.push((2 * random.int(2 ** i) + 1) << (bits - 1 - i));
        continue;
      }
      const oldest = numbers[i - degree] as number;
      let next = oldest ^ (oldest >>> degree);
      for (let back = 1; back < degree; back++) {
        if ((polynomial >>> (degree - back)) & 1) next ^= numbers[i - back] as number;
      }
      numbers.push(next);
    }
    return numbers;
  });
  return [first, ...others];
}

/** The first `count` polynomials over GF(2) of which x generates all others modulo them, by degree; bit i is the coefficient of x^i. */
function primitivePolynomials(count: number): number[] {
  const found: number[] = [];
  for (let polynomial = 3; found.length < count; polynomial += 2) if (primitive(polynomial)) found.push(polynomial);
  return found;
}

function primitive(polynomial: number): boolean {
  const degree = 31 - Math.clz32(polynomial);
  const whole = 2 ** degree;
  let power = 1;
  for (let order = 1; order < whole; order++) {
    power <<= 1;
    if (power & whole) power ^= polynomial;
    if (power === 1) return order === whole - 1;
  }
  return false;
}
