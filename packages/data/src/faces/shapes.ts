/** Shapes by distance (positive inside) and what becomes of a distance: hard and soft edges. */
import type { Box, Colour } from './canvas.ts';

export function clamp01(x: number): number {
  return Math.max(0, Math.min(1, x));
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function ramp(from: number, to: number, x: number): number {
  const t = clamp01((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

export function mix(a: Colour, b: Colour, t: number): Colour {
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
}

export function scaled(colour: Colour, factor: number): Colour {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}

/** Coverage at a signed distance; `softness` is the width of the edge, by default about one sample of a 32-pixel frame. */
export function edge(distance: number, softness = 0.035): number {
  return clamp01(0.5 + distance / softness);
}

/** A bell around 0, 1 at its middle: exp(-t^2) but for a last per cent, and exactly 0 from three widths on. */
export function bell(x: number, width: number): number {
  const t = x / width;
  const base = 1 - (t * t) / 8;
  if (base <= 0) return 0;
  const square = base * base;
  const fourth = square * square;
  return fourth * fourth;
}

/** sqrt(x^2 + y^2), many times faster than Math.hypot, which guards against overflow. */
export function distance(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

export function ellipse(u: number, v: number, cu: number, cv: number, ru: number, rv: number): number {
  const a = (u - cu) / ru;
  const b = (v - cv) / rv;
  return (1 - Math.sqrt(a * a + b * b)) * Math.min(ru, rv);
}

/** A line from (au, av) to (bu, bv) with round ends of radius r. */
export function stroke(u: number, v: number, au: number, av: number, bu: number, bv: number, r: number): number {
  const du = bu - au;
  const dv = bv - av;
  const t = clamp01(((u - au) * du + (v - av) * dv) / (du * du + dv * dv));
  return r - distance(u - au - t * du, v - av - t * dv);
}

/** A rectangle with half sides (hu, hv) and corners rounded by `round`. */
export function roundedBox(
  u: number,
  v: number,
  cu: number,
  cv: number,
  hu: number,
  hv: number,
  round: number,
): number {
  const a = Math.abs(u - cu) - hu + round;
  const b = Math.abs(v - cv) - hv + round;
  return round - distance(Math.max(a, 0), Math.max(b, 0)) - Math.min(Math.max(a, b), 0);
}

/** The box around (cu, cv) with half sides (hu, hv) and room for a soft edge. */
export function around(cu: number, cv: number, hu: number, hv: number): Box {
  return [cu - hu - 0.05, cv - hv - 0.05, cu + hu + 0.05, cv + hv + 0.05];
}
