/** A small painter: shapes given by a coverage function are laid over each other at twice the resolution, then averaged down. */

/** Red, green, blue in [0, 1]. */
export type Colour = readonly [number, number, number];

/** Left, top, right, bottom in the face's own coordinates. */
export type Box = readonly [number, number, number, number];

/** How much of the point (u, v) is covered, in [0, 1]. */
export type Coverage = (u: number, v: number) => number;

/** Where the face stands in the frame: the frame is [-1, 1] x [-1, 1], x to the right and y down. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** Radians, clockwise. */
  readonly roll: number;
}

/** Samples a pixel's side is cut into. */
const OVERSAMPLE = 2;

/** Wider than any frame: for layers that cover everything. */
export const EVERYWHERE: Box = [-9, -9, 9, 9];

export class Canvas {
  readonly #resolution: number;
  readonly #side: number;
  readonly #pose: Pose;
  readonly #pixels: Float32Array;
  readonly #offset: Int32Array;
  readonly #u: Float64Array;
  readonly #v: Float64Array;
  readonly #alpha: Float64Array;

  constructor(resolution: number, pose: Pose) {
    this.#resolution = resolution;
    this.#side = resolution * OVERSAMPLE;
    this.#pose = pose;
    const samples = this.#side * this.#side;
    this.#pixels = new Float32Array(3 * samples);
    this.#offset = new Int32Array(samples);
    this.#u = new Float64Array(samples);
    this.#v = new Float64Array(samples);
    this.#alpha = new Float64Array(samples);
  }

  /** Lays `colour` over what is there, as far as `coverage` says, made lighter or darker by `tone`. */
  fill(box: Box, [red, green, blue]: Colour, coverage: Coverage, tone?: Coverage): void {
    const pixels = this.#pixels;
    const [offset, us, vs, alphas] = [this.#offset, this.#u, this.#v, this.#alpha];
    const touched = this.#touch(box, coverage);
    for (let k = 0; k < touched; k++) {
      const at = offset[k] as number;
      const alpha = alphas[k] as number;
      const light = tone === undefined ? 1 : tone(us[k] as number, vs[k] as number);
      pixels[at] = (pixels[at] as number) + alpha * (red * light - (pixels[at] as number));
      pixels[at + 1] = (pixels[at + 1] as number) + alpha * (green * light - (pixels[at + 1] as number));
      pixels[at + 2] = (pixels[at + 2] as number) + alpha * (blue * light - (pixels[at + 2] as number));
    }
  }

  /** Multiplies each channel: shadows, blushes and the colour of the light. */
  tint(box: Box, [red, green, blue]: Colour, coverage: Coverage): void {
    const pixels = this.#pixels;
    const [offset, alphas] = [this.#offset, this.#alpha];
    const touched = this.#touch(box, coverage);
    for (let k = 0; k < touched; k++) {
      const at = offset[k] as number;
      const alpha = alphas[k] as number;
      pixels[at] = (pixels[at] as number) * (1 + alpha * (red - 1));
      pixels[at + 1] = (pixels[at + 1] as number) * (1 + alpha * (green - 1));
      pixels[at + 2] = (pixels[at + 2] as number) * (1 + alpha * (blue - 1));
    }
  }

  /** RGB planes of bytes: [3, resolution, resolution]. */
  toPlanes(): Uint8Array {
    const size = this.#resolution * this.#resolution;
    const planes = new Uint8Array(3 * size);
    const area = OVERSAMPLE * OVERSAMPLE;
    const pixels = this.#pixels;
    for (let channel = 0; channel < 3; channel++) {
      for (let i = 0; i < size; i++) {
        const row = Math.trunc(i / this.#resolution) * OVERSAMPLE;
        const column = (i % this.#resolution) * OVERSAMPLE;
        let sum = 0;
        for (let dy = 0; dy < OVERSAMPLE; dy++) {
          for (let dx = 0; dx < OVERSAMPLE; dx++) {
            sum += pixels[3 * ((row + dy) * this.#side + column + dx) + channel] as number;
          }
        }
        planes[channel * size + i] = Math.round(255 * Math.min(1, Math.max(0, sum / area)));
      }
    }
    return planes;
  }

  /** Finds the samples that a shape covers: how many, with their offsets, places and coverages in the scratch arrays. */
  #touch([left, top, right, bottom]: Box, coverage: Coverage): number {
    const { x, y, scale, roll } = this.#pose;
    const side = this.#side;
    const cos = Math.cos(roll);
    const sin = Math.sin(roll);
    const xs: number[] = [];
    const ys: number[] = [];
    for (const u of [left, right]) {
      for (const v of [top, bottom]) {
        xs.push(x + scale * (cos * u - sin * v));
        ys.push(y + scale * (sin * u + cos * v));
      }
    }
    const toSample = (frame: number): number => ((frame + 1) * side) / 2 - 0.5;
    const x0 = Math.max(0, Math.ceil(toSample(Math.min(...xs))));
    const x1 = Math.min(side - 1, Math.floor(toSample(Math.max(...xs))));
    const y0 = Math.max(0, Math.ceil(toSample(Math.min(...ys))));
    const y1 = Math.min(side - 1, Math.floor(toSample(Math.max(...ys))));
    const [offset, us, vs, alphas] = [this.#offset, this.#u, this.#v, this.#alpha];
    // Steps of one sample to the right, so that the inner loop need not divide.
    const step = 2 / side / scale;
    const first = ((2 * x0 + 1) / side - 1 - x) / scale;
    let touched = 0;
    for (let j = y0; j <= y1; j++) {
      const dy = ((2 * j + 1) / side - 1 - y) / scale;
      for (let i = x0; i <= x1; i++) {
        const dx = first + (i - x0) * step;
        const u = cos * dx + sin * dy;
        const v = cos * dy - sin * dx;
        const alpha = coverage(u, v);
        if (alpha <= 0) continue;
        offset[touched] = 3 * (j * side + i);
        us[touched] = u;
        vs[touched] = v;
        alphas[touched] = alpha;
        touched++;
      }
    }
    return touched;
  }
}
