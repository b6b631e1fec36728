/** Which taps of a kernel ever meet a pixel: on small maps the others read only padding and can be left out. */

/** A convolution along one axis: `output` windows, `stride` apart, over `input` pixels with `before` zeros in front. */
export interface AxisWindows {
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  readonly stride: number;
  /** Negative: so many pixels are skipped. */
  readonly before: number;
}

/** The kernel cut to taps [first, first + kernel) and the padding (or, where negative, cropping) that then gives the same output. */
export interface LiveTaps {
  readonly first: number;
  readonly kernel: number;
  readonly before: number;
  readonly after: number;
}

/** At least one tap stays, even if it reads nothing but zeros. */
export function liveTaps({ kernel, input, output, stride, before }: AxisWindows): LiveTaps {
  const reads = (tap: number): boolean => {
    for (let i = 0; i < output; i++) {
      const at = i * stride + tap - before;
      if (at >= 0 && at < input) return true;
    }
    return false;
  };
  let first = 0;
  let last = kernel - 1;
  while (first < last && !reads(first)) first++;
  while (last > first && !reads(last)) last--;
  const size = last - first + 1;
  const front = before - first;
  return { first, kernel: size, before: front, after: (output - 1) * stride + size - input - front };
}
