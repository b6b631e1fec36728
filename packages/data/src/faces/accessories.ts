/** What a face wears: glasses, a hat, earrings. */
import type { Canvas } from './canvas.ts';
import { around, bell, edge, ellipse, ramp, roundedBox, scaled, stroke } from './shapes.ts';
import type { Traits } from './traits.ts';

export function drawGlasses(canvas: Canvas, { glasses, eyes, turn, head }: Traits): void {
  if (glasses === undefined) return;
  const { size, round, tint, colour } = glasses;
  const cv = eyes.y + turn.y + 0.01;
  const height = size * (0.68 + 0.25 * round);
  const rim = 0.016;
  for (const side of [-1, 1]) {
    const cu = side * (eyes.spacing + 0.005) + 1.1 * turn.x;
    const lens = (u: number, v: number): number =>
      roundedBox(u, v, cu, cv, size, height, 0.03 + round * (height - 0.03));
    const box = around(cu, cv, size + rim, height + rim);
    canvas.fill(box, scaled(colour, 0.6), (u, v) => tint * edge(lens(u, v)));
    canvas.fill(box, [1, 1, 1], (u, v) => (0.1 + 0.25 * tint) * edge(lens(u, v)) * bell(u - cu + v - cv + 0.06, 0.05));
    canvas.fill(box, colour, (u, v) => 0.92 * edge(rim - Math.abs(lens(u, v)), 0.03));
    const hinge = cu + side * size;
    const temple = (u: number, v: number): number =>
      stroke(u, v, hinge, cv - 0.03, side * (head.width + 0.02), cv - 0.045, rim);
    canvas.fill(
      around((hinge + side * head.width) / 2, cv, 0.15, 0.06),
      colour,
      (u, v) => 0.85 * edge(temple(u, v), 0.03),
    );
  }
  const bridge = eyes.spacing - size;
  const arc = (u: number, v: number): number =>
    stroke(u, v, 1.1 * turn.x - bridge, cv - 0.025, 1.1 * turn.x + bridge, cv - 0.025, rim);
  canvas.fill(around(turn.x, cv, 0.16, 0.06), colour, (u, v) => 0.9 * edge(arc(u, v), 0.03));
}

export function drawHat(canvas: Canvas, { hat, head, hair, light, turn }: Traits): void {
  if (hat === undefined) return;
  const { height, brim, colour } = hat;
  const low = -0.34 * head.height - 0.08;
  const half = head.width + hair.volume * 0.7 + 0.03;
  const sag = (u: number): number => 0.07 * (1 - (u / half) ** 2);
  const crown = (u: number, v: number): number =>
    v > low + sag(u) ? low + sag(u) - v : roundedBox(u, v, 0, low - height + 0.4, half, height + 0.35, 0.34);
  const lit = (u: number, v: number): number =>
    0.82 + 0.3 * light.contrast * (u * light.x) + 0.22 * bell(u + 0.15, 0.25) * bell(v - low + 0.3, 0.25);
  const everything = around(0, low - 0.4, half + brim + 0.1, 1);
  canvas.tint(
    everything,
    [0.55, 0.5, 0.5],
    (u, v) => 0.7 * edge(low + sag(u) + 0.09 - v, 0.1) * edge(half - 0.06 - Math.abs(u), 0.06),
  );
  canvas.fill(everything, colour, (u, v) => edge(crown(u, v)), lit);
  const band = (u: number, v: number): number => Math.min(crown(u, v), v - low - sag(u) + 0.1);
  canvas.fill(everything, scaled(colour, 0.6), (u, v) => edge(band(u, v)));
  const visor = (u: number, v: number): number =>
    ellipse(u, v - 0.5 * sag(u), turn.x, low + 0.03, half + brim, 0.05 + 0.12 * brim);
  canvas.fill(everything, scaled(colour, 0.82), (u, v) => ramp(0.03, 0.07, brim) * edge(visor(u, v)), lit);
}

export function drawEarrings(canvas: Canvas, { earrings, head, turn }: Traits): void {
  if (earrings === undefined) return;
  const { drop, colour } = earrings;
  for (const side of [-1, 1]) {
    const cu = side * (head.width + 0.01) - 0.5 * turn.x;
    const top = 0.15;
    const jewel = (u: number, v: number): number =>
      Math.max(ellipse(u, v, cu, top + drop, 0.032, 0.036), stroke(u, v, cu, top - 0.02, cu, top + drop, 0.012));
    canvas.fill(
      around(cu, top + drop / 2, 0.05, 0.06 + drop),
      colour,
      (u, v) => 0.95 * edge(jewel(u, v), 0.03),
      (u, v) => 0.8 + 0.5 * bell(u - cu + 0.01, 0.015) * bell(v - top - drop + 0.01, 0.02),
    );
  }
}
