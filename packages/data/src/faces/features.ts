/** Eyes, brows, nose, mouth and beard. */
import type { Canvas } from './canvas.ts';
import { headOutline } from './head.ts';
import { around, bell, clamp01, edge, ellipse, mix, ramp, scaled, stroke } from './shapes.ts';
import type { Traits } from './traits.ts';

const SIDES = [-1, 1] as const;

export function drawEyes(canvas: Canvas, { eyes, turn, skin }: Traits): void {
  const { size, open, iris, lashes, shadow, tilt } = eyes;
  const height = size * open;
  for (const side of SIDES) {
    const cu = side * eyes.spacing + turn.x;
    const cv = eyes.y + turn.y;
    /** Outer corners a little higher: the eye's own axis is sheared. */
    const lift = (u: number): number => side * tilt * (u - cu);
    const almond = (u: number, v: number): number => {
      const a = (u - cu) / size;
      return Math.min(height * (1 - a * a) - Math.abs(v + lift(u) - cv), size - Math.abs(u - cu));
    };
    const socket = (u: number, v: number): number => bell(u - cu, 0.15) * bell(v - cv + 0.02, 0.085);
    canvas.tint(around(cu, cv, 0.28, 0.2), [0.72, 0.63, 0.6], (u, v) => 0.55 * socket(u, v));
    const lid = (u: number, v: number): number => bell(u - cu, 0.12) * bell(v - cv + 0.06, 0.045);
    canvas.fill(around(cu, cv - 0.06, 0.24, 0.11), [0.42, 0.3, 0.42], (u, v) => 0.7 * shadow * lid(u, v));
    const box = around(cu, cv, size, height + 0.05);
    canvas.fill(
      box,
      mix([0.95, 0.94, 0.93], skin.colour, 0.12),
      (u, v) => edge(almond(u, v)),
      (_, v) => 1 - 0.35 * ramp(cv, cv - height, v),
    );
    const gu = cu + eyes.gaze;
    const disc = (radius: number) => (u: number, v: number) =>
      Math.min(edge(almond(u, v)), edge(ellipse(u, v, gu, cv, radius, radius)));
    canvas.fill(box, iris, disc(0.046));
    canvas.fill(box, [0.03, 0.02, 0.02], disc(0.022));
    canvas.fill(
      around(gu, cv, 0.04, 0.04),
      [1, 1, 1],
      (u, v) => 0.85 * edge(ellipse(u, v, gu + 0.016, cv - 0.018, 0.013, 0.013), 0.02),
    );
    const upper = (u: number, v: number): number => {
      const a = (u - cu) / (size * 1.08);
      return 0.013 + 0.007 * lashes - Math.abs(v + lift(u) - cv + height * (1 - a * a));
    };
    const inside = (u: number): number => edge(size * 1.08 - Math.abs(u - cu));
    canvas.fill(
      around(cu, cv - height, size * 1.1, 0.1),
      [0.08, 0.05, 0.05],
      (u, v) => (0.55 + 0.4 * lashes) * edge(upper(u, v), 0.03) * inside(u),
    );
  }
}

export function drawBrows(canvas: Canvas, { brows, eyes, turn, hair, skin }: Traits): void {
  // Brows are darker than fair hair.
  const colour = mix(scaled(hair.colour, 0.62), scaled(skin.colour, 0.4), 0.25);
  for (const side of SIDES) {
    const inner = side * (eyes.spacing - 0.11) + turn.x;
    const outer = side * (eyes.spacing + 0.125) + turn.x;
    const top = eyes.y - brows.height + turn.y;
    const arch = (u: number, v: number): number => {
      const peak = side * (eyes.spacing + 0.04) + turn.x;
      const first = stroke(u, v, inner, top + brows.slope + 0.01, peak, top - 0.012, brows.thickness);
      const second = stroke(u, v, peak, top - 0.012, outer, top + 0.03 - brows.slope / 2, brows.thickness * 0.75);
      return Math.max(first, second);
    };
    canvas.fill(
      around((inner + outer) / 2, top, 0.17, 0.09),
      colour,
      (u, v) => brows.strength * edge(arch(u, v), 0.04),
    );
  }
}

export function drawNose(canvas: Canvas, { nose, eyes, turn, light }: Traits): void {
  const tip = eyes.y + nose.length + turn.y;
  // The tip stands out, so it slides furthest when the head turns.
  const tu = 1.5 * turn.x;
  const side = light.x > 0 ? -1 : 1;
  const along = (v: number): number => ramp(eyes.y - 0.06, eyes.y + 0.06, v) * ramp(tip + 0.04, tip - 0.03, v);
  const width = (v: number): number => 0.04 + (nose.width - 0.04) * ramp(eyes.y, tip, v);
  const box = around(tu, (eyes.y + tip) / 2, 0.16, 0.22);
  canvas.tint(box, [0.74, 0.62, 0.57], (u, v) => nose.relief * along(v) * bell(u - tu - side * width(v), 0.042));
  canvas.fill(box, [1, 0.96, 0.9], (u, v) => 0.3 * nose.relief * along(v) * bell(u - tu + side * 0.01, 0.03));
  const under = (u: number, v: number): number =>
    bell(v - tip - 0.005, 0.02) * edge(nose.width - Math.abs(u - tu), 0.06);
  canvas.tint(around(tu, tip, 0.16, 0.08), [0.62, 0.46, 0.42], (u, v) => 0.75 * under(u, v));
  for (const nostril of SIDES) {
    const cu = tu + nostril * nose.width * 0.52;
    canvas.fill(
      around(cu, tip, 0.05, 0.04),
      [0.18, 0.08, 0.07],
      (u, v) => 0.7 * edge(ellipse(u, v, cu, tip + 0.006, 0.024, 0.014), 0.035),
    );
  }
}

export function drawMouth(canvas: Canvas, { mouth, turn, skin }: Traits): void {
  const { width, lips, smile, open, colour } = mouth;
  const cu = 1.15 * turn.x;
  const q = (u: number): number => (u - cu) / width;
  /** The line where the lips meet; its ends rise with the smile. */
  const line = (u: number): number => mouth.y + turn.y + smile * 0.055 * (0.55 - q(u) ** 2) - open * 0.3;
  const bulge = (u: number): number => Math.max(0, 1 - q(u) ** 2);
  const gap = (u: number): number => open * bulge(u);
  const upper = (u: number): number => lips * (0.85 - 0.25 * bell(q(u), 0.18)) * Math.sqrt(bulge(u));
  const lower = (u: number): number => lips * 1.2 * Math.sqrt(bulge(u));
  const inside = (u: number): number => width - Math.abs(u - cu);
  const box = around(cu, mouth.y + turn.y, width, 0.2);
  const both = (u: number, v: number): number =>
    Math.min(v - line(u) + upper(u), line(u) + gap(u) + lower(u) - v, inside(u));
  canvas.tint(
    around(cu, mouth.y + 0.11, width, 0.1),
    [0.78, 0.68, 0.64],
    (u, v) => 0.6 * bell(v - line(u) - gap(u) - lips * 1.9, 0.025) * bell(q(u), 0.6),
  );
  canvas.fill(
    box,
    colour,
    (u, v) => edge(both(u, v)),
    (u, v) => (v < line(u) ? 0.84 : 1.04),
  );
  if (open > 0) {
    const within = (u: number, v: number): number => Math.min(v - line(u), line(u) + gap(u) - v, inside(u));
    canvas.fill(box, [0.2, 0.05, 0.06], (u, v) => edge(within(u, v), 0.025));
    const teeth = (u: number, v: number): number =>
      Math.min(v - line(u), line(u) + 0.72 * gap(u) - v, inside(u) - 0.03);
    canvas.fill(box, [0.95, 0.93, 0.89], (u, v) => (0.35 + 0.6 * clamp01(smile)) * edge(teeth(u, v), 0.025));
  } else {
    const shut = (u: number, v: number): number => 0.009 - Math.abs(v - line(u));
    canvas.fill(box, scaled(colour, 0.38), (u, v) => 0.9 * edge(shut(u, v), 0.022) * edge(inside(u)));
  }
  for (const side of SIDES) {
    const corner = cu + side * (width + 0.012);
    canvas.tint(
      around(corner, mouth.y, 0.06, 0.07),
      scaled(skin.colour, 0.8),
      (u, v) => 0.7 * bell(u - corner, 0.022) * bell(v - line(cu + side * width), 0.022),
    );
  }
}

export function drawBeard(canvas: Canvas, traits: Traits): void {
  const { beard, mouth, hair, skin, head, turn } = traits;
  const colour = mix(scaled(hair.colour, 0.8), scaled(skin.colour, 0.5), 0.22);
  const outline = headOutline(traits, 0.008);
  const box = around(0, 0.3, head.width, head.height);
  if (beard.chin > 0) {
    /** Down the cheeks and round the mouth, which stays free of hair. */
    const upperEdge = (u: number): number => 0.3 - 0.42 * ramp(0.14, 0.5, Math.abs(u - turn.x));
    const free = (u: number, v: number): number =>
      ellipse(u, v, 1.15 * turn.x, mouth.y - 0.015, mouth.width * 1.05, 0.075 + mouth.open);
    canvas.fill(
      box,
      colour,
      (u, v) => beard.chin * edge(outline(u, v)) * edge(v - upperEdge(u), 0.16) * (1 - edge(free(u, v), 0.06)),
    );
  }
  if (beard.moustache > 0) {
    const cu = 1.2 * turn.x;
    const patch = (u: number, v: number): number =>
      stroke(
        u,
        v - 0.35 * Math.abs(u - cu),
        cu - mouth.width,
        mouth.y - 0.075,
        cu + mouth.width,
        mouth.y - 0.075,
        0.034,
      );
    canvas.fill(box, colour, (u, v) => beard.moustache * edge(patch(u, v), 0.05));
  }
}
