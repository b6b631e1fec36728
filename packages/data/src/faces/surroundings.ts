/** What surrounds the face: the backdrop, the body, and the hair behind and before it. */
import { type Box, type Canvas, EVERYWHERE } from './canvas.ts';
import { headOutline, shading } from './head.ts';
import { around, bell, clamp01, distance, edge, ellipse, ramp, roundedBox, scaled } from './shapes.ts';
import type { Traits } from './traits.ts';

export function drawBackdrop(canvas: Canvas, { backdrop }: Traits): void {
  const du = Math.cos(backdrop.angle) / 2;
  const dv = Math.sin(backdrop.angle) / 2;
  canvas.fill(EVERYWHERE, backdrop.from, () => 1);
  canvas.fill(EVERYWHERE, backdrop.to, (u, v) => clamp01(0.5 + du * u + dv * v));
  const light = 1 + backdrop.glow;
  canvas.tint(EVERYWHERE, [light, light, light], (u, v) => bell(distance(u - backdrop.glowX, v + 0.4), 0.8));
}

export function drawBody(canvas: Canvas, traits: Traits): void {
  const { head, skin, clothes, light } = traits;
  const chin = head.height;
  const tone = (u: number): number => 1 - light.contrast * 0.45 * clamp01(0.5 - u * light.x);
  const neck = (u: number, v: number): number =>
    roundedBox(u, v, 0, chin, 0.24 + 0.12 * ramp(chin + 0.05, chin + 0.3, v), 0.4, 0.1);
  canvas.fill([-0.5, 0.2, 0.5, 2], skin.colour, (u, v) => edge(neck(u, v)), tone);
  // The chin throws its shadow on the neck.
  canvas.tint(
    [-0.5, 0.2, 0.5, 1.4],
    [0.55, 0.46, 0.44],
    (u, v) => 0.85 * edge(ellipse(u, v, 0, chin * 0.82, 0.36, 0.36), 0.16) * edge(neck(u, v)),
  );
  const shoulder = (u: number, v: number): number => ellipse(u, v, 0, chin + 0.75, clothes.shoulders, 0.62);
  const opening = (u: number, v: number): number =>
    ellipse(u, v, 0, chin + 0.12, 0.2 + clothes.neckline * 0.4, 0.08 + clothes.neckline);
  canvas.fill(
    [-1.2, 0.5, 1.2, 3],
    clothes.colour,
    (u, v) => edge(shoulder(u, v)) * (1 - edge(opening(u, v))),
    (u, v) => tone(u) * (0.82 + 0.25 * bell(v - chin - 0.3, 0.2)),
  );
}

/** Strands: light and dark streaks that run down and, in wavy hair, from side to side; and a band of sheen. */
function strands({ hair, head, light }: Traits): (u: number, v: number) => number {
  const { wave, phase, sheen } = hair;
  return (u, v) => {
    const bent = u + 0.07 * wave * Math.sin(7 * v + phase);
    const streak = 0.1 * Math.sin(23 * bent + phase) + 0.07 * Math.sin(11 * bent - 2 * phase);
    const shine =
      sheen * bell(v + 0.62 * head.height - 0.15 * Math.abs(u), 0.16) * (0.7 + 0.6 * clamp01(0.5 + u * light.x));
    return (0.82 + streak + shine) * (1 - 0.25 * ramp(-0.2, 0.9, v));
  };
}

export function drawBackHair(canvas: Canvas, traits: Traits): void {
  const { hair, head } = traits;
  if (hair.bald) return;
  const cap = headOutline(traits, hair.volume);
  const reach = head.width + hair.volume;
  const curtain = (u: number, v: number): number => {
    const sway = 0.05 * hair.wave * Math.sin(9 * v + hair.phase);
    const half = reach * (0.98 + 0.1 * ramp(0, hair.length, v)) + sway;
    return Math.min(half - Math.abs(u), v + 0.15, hair.length - v + 0.06 * Math.sin(9 * u + hair.phase));
  };
  const shape = (u: number, v: number): number => {
    if (v < -0.15) return cap(u, v);
    const top = v < 0.12 ? cap(u, v) : -1;
    return hair.long ? Math.max(top, curtain(u, v)) : top;
  };
  const tone = strands(traits);
  canvas.fill(
    [-reach - 0.2, -1.2, reach + 0.2, hair.long ? hair.length + 0.2 : 0.3],
    scaled(hair.colour, 0.8),
    (u, v) => edge(shape(u, v), 0.05),
    tone,
  );
}

export function drawFrontHair(canvas: Canvas, traits: Traits): void {
  const { hair, head } = traits;
  const cap = headOutline(traits, hair.volume);
  const tone = strands(traits);
  const reach = head.width + hair.volume;
  if (hair.bald) {
    const scalp = headOutline(traits, 0.03);
    const sides = (u: number, v: number): number =>
      Math.min(Math.abs(u) - head.width * 0.86, v + 0.3, 0.02 - v, scalp(u, v));
    canvas.fill(around(0, -0.1, reach, 0.3), hair.colour, (u, v) => 0.75 * edge(sides(u, v), 0.08), tone);
    const lit = shading(traits);
    canvas.fill(
      around(0, -0.45, 0.3, 0.2),
      [1, 0.98, 0.95],
      (u, v) => 0.22 * lit(u, v) * bell(u + 0.1, 0.13) * bell(v + 0.48, 0.07),
    );
    return;
  }
  const forehead = -head.height * hair.line;
  /** Lower edge of the hair over the forehead: it falls away from the parting, or hangs as bangs. */
  const hairline = (u: number): number => {
    const away = Math.abs(u - hair.part) / (head.width + (u < hair.part ? hair.part : -hair.part));
    if (hair.bangs) return -0.27 + 0.1 * away * away * away * away + 0.025 * Math.sin(26 * u + hair.phase);
    return forehead + (hair.long ? 0.42 : 0.3) * away * away + 0.02 * Math.sin(17 * u + hair.phase);
  };
  const side = hair.long ? hair.length : -0.02;
  const shape = (u: number, v: number): number => {
    const crown = Math.min(cap(u, v), hairline(u) - v);
    // Locks hang at the sides alone.
    if (Math.abs(u) < 0.75 * head.width) return crown;
    const sway = 0.025 * hair.wave * Math.sin(10 * v + hair.phase);
    const lock = Math.min(
      Math.abs(u) - head.width * (hair.long ? 0.86 : 0.93) - sway,
      side - v,
      v - forehead - 0.1,
      reach + sway - Math.abs(u),
    );
    return Math.max(crown, hair.long || v < 0 ? lock : -1);
  };
  const box: Box = [-reach - 0.05, -head.height - hair.volume - 0.05, reach + 0.05, Math.max(side, 0.1) + 0.05];
  const face = headOutline(traits);
  // A soft shadow under the hair, then the hair.
  canvas.tint(around(0, 0, head.width, head.height), [0.66, 0.58, 0.56], (u, v) => {
    const skin = edge(face(u, v));
    return skin <= 0 ? 0 : 0.7 * skin * edge(shape(u, v - 0.05) + 0.01, 0.09);
  });
  canvas.fill(box, hair.colour, (u, v) => edge(shape(u, v), 0.045), tone);
}
