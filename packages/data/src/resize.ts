/** Resizing and cropping of 8-bit RGB, bit for bit as torchvision does on PIL images: Resize(s), then CenterCrop(s). */

/** Interleaved 8-bit RGB, row-major. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 3 * width * height bytes. */
  readonly data: Uint8Array;
}

/** Fraction bits of a filter weight: 8 bits of value, 2 of overshoot and 22 of fraction fill 32. */
const PRECISION = 22;

/** For each output position: the first input that it sees, and that many fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly width: number;
}

/** The triangle filter, widened by the scale when it shrinks (antialiasing), weights rounded to 22 bits. */
function triangleTaps(input: number, output: number): Taps {
  const scale = input / output;
  const support = Math.max(scale, 1);
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(output);
  const count = new Int32Array(output);
  const weights = new Int32Array(output * width);
  for (let o = 0; o < output; o++) {
    const centre = (o + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(input, Math.trunc(centre + support + 0.5));
    const row: number[] = [];
    let sum = 0;
    for (let i = low; i < high; i++) {
      // As PIL: the distance times the reciprocal, not divided, since the last bit of the product may decide a rounding.
      const weight = Math.max(0, 1 - Math.abs((i - centre + 0.5) * (1 / support)));
      row.push(weight);
      sum += weight;
    }
    first[o] = low;
    count[o] = row.length;
    for (let i = 0; i < row.length; i++) {
      weights[o * width + i] = Math.trunc(0.5 + ((row[i] as number) / sum) * 2 ** PRECISION);
    }
  }
  return { first, count, weights, width };
}

/** Filters along one axis: `lines` independent lines, whose samples are `step` bytes apart. */
function filter(
  source: Uint8Array,
  target: Uint8Array,
  taps: Taps,
  output: number,
  lines: number,
  sourceAt: (line: number) => number,
  targetAt: (line: number) => number,
  step: number,
): void {
  const { first, count, weights, width } = taps;
  for (let line = 0; line < lines; line++) {
    const from = sourceAt(line);
    const to = targetAt(line);
    for (let o = 0; o < output; o++) {
      let sum = 1 << (PRECISION - 1);
      const start = from + (first[o] as number) * step;
      for (let k = 0; k < (count[o] as number); k++) {
        sum += (source[start + k * step] as number) * (weights[o * width + k] as number);
      }
      const value = sum >> PRECISION;
      target[to + o * step] = Math.max(0, Math.min(255, value));
    }
  }
}

/** PIL's `Image.resize((width, height), BILINEAR)`: horizontal pass, rounded to bytes, then vertical pass. */
export function resizeBilinear(image: Raster, width: number, height: number): Raster {
  let { data } = image;
  if (width !== image.width) {
    const next = new Uint8Array(3 * width * image.height);
    // A line is one channel of one row.
    filter(
      data,
      next,
      triangleTaps(image.width, width),
      width,
      3 * image.height,
      (line) => Math.trunc(line / 3) * image.width * 3 + (line % 3),
      (line) => Math.trunc(line / 3) * width * 3 + (line % 3),
      3,
    );
    data = next;
  }
  if (height !== image.height) {
    const next = new Uint8Array(3 * width * height);
    // A line is one channel of one column.
    const identity = (line: number) => line;
    filter(data, next, triangleTaps(image.height, height), height, 3 * width, identity, identity, 3 * width);
    data = next;
  }
  return { width, height, data };
}

/** torchvision's `Resize(size)`: the shorter side becomes `size`, the longer one is truncated to an integer. */
export function resizeShorterSide(image: Raster, size: number): Raster {
  const { width, height } = image;
  const longer = Math.trunc((size * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? resizeBilinear(image, size, longer) : resizeBilinear(image, longer, size);
}

/** torchvision's `CenterCrop(size)` of an image no smaller than that. An odd margin is halved to even, as Python rounds. */
export function centreCrop(image: Raster, size: number): Raster {
  const left = roundHalfToEven((image.width - size) / 2);
  const top = roundHalfToEven((image.height - size) / 2);
  const data = new Uint8Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * size), 3 * size * y);
  }
  return { width: size, height: size, data };
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
