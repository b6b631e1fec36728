/** The head: its outline, which hair and beards share, its ears, and how light falls on it. */
import type { Canvas, Coverage } from './canvas.ts';
import { around, bell, edge, ellipse, ramp, scaled } from './shapes.ts';
import type { Traits } from './traits.ts';

/** Distance to the outline of the head, grown by `grow`: an ellipse, below made squarer by the jaw and narrower by the taper. */
export function headOutline({ head }: Traits, grow = 0): Coverage {
  const { width, height, jaw, taper } = head;
  const wide = width + grow;
  const high = height + grow;
  return (u, v) => {
    const t = v / high;
    const low = t > 0 ? 1 + t * t * (0.65 * jaw - taper * (3 - 2 * t)) : 1;
    const a = u / (wide * Math.max(low, 0.3));
    return (1 - Math.sqrt(a * a + t * t)) * wide;
  };
}

/** How light falls on a rounded head: lambertian, with a floor of ambient light. */
export function shading({ head, light }: Traits): Coverage {
  const { x, y, contrast } = light;
  const norm = Math.hypot(x, y, 1);
  return (u, v) => {
    const nx = (0.85 * u) / head.width;
    const ny = (0.7 * v) / head.height;
    const nz = Math.sqrt(Math.max(0.08, 1 - nx * nx - ny * ny));
    const lit = (nx * x + ny * y + nz) / norm;
    return 1 - contrast + contrast * Math.max(0, lit) * 1.12;
  };
}

export function drawHead(canvas: Canvas, traits: Traits): void {
  const { head, skin, turn, wrinkles } = traits;
  const tone = shading(traits);
  for (const side of [-1, 1]) {
    const u = side * (head.width - 0.005) - 0.5 * turn.x;
    const ear = (a: number, b: number): number => edge(ellipse(a, b, u, 0, 0.065, 0.13));
    canvas.fill(around(u, 0, 0.07, 0.14), scaled(skin.colour, 0.9), ear, tone);
    canvas.tint(
      around(u, 0, 0.04, 0.09),
      [0.78, 0.66, 0.62],
      (a, b) => 0.7 * edge(ellipse(a, b, u, 0, 0.03, 0.08), 0.05),
    );
  }
  const outline = headOutline(traits);
  const whole = around(0, 0, head.width, head.height);
  canvas.fill(whole, skin.colour, (u, v) => edge(outline(u, v)), tone);
  const rim = (distance: number): number => 0.8 * ramp(0.16, 0, distance) * edge(distance);
  // Flesh turns redder and darker where it bends away.
  canvas.tint(whole, [0.86, 0.74, 0.7], (u, v) => rim(outline(u, v)));
  for (const side of [-1, 1]) {
    const u = side * 0.26 + turn.x;
    const cheek = (a: number, b: number): number => bell(a - u, 0.13) * bell(b - 0.17, 0.1);
    canvas.tint(around(u, 0.17, 0.3, 0.25), [1.02, 0.78, 0.76], (a, b) => skin.blush * 0.75 * cheek(a, b));
    if (wrinkles > 0) {
      const fold = (a: number, b: number): number =>
        bell(a - side * (0.15 + 0.35 * (b - 0.12)) - turn.x, 0.025) * ramp(0.08, 0.16, b) * ramp(0.38, 0.3, b);
      canvas.tint(around(side * 0.2, 0.22, 0.16, 0.2), [0.72, 0.62, 0.58], (a, b) => wrinkles * 0.75 * fold(a, b));
    }
  }
  if (wrinkles > 0) {
    const lines = (a: number, b: number): number =>
      (bell(b + 0.36, 0.014) + bell(b + 0.3, 0.014)) * bell(a - turn.x, 0.2);
    canvas.tint(around(0, -0.33, 0.3, 0.08), [0.78, 0.7, 0.66], (a, b) => wrinkles * 0.6 * Math.min(1, lines(a, b)));
  }
}
