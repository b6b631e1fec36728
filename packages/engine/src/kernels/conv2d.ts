/**
 * Two-dimensional convolution in PyTorch's layout (NCHW, OIHW) as three kernels that are closed under differentiation:
 *
 *   Conv2d            C(x, w)      d/dx = I(dy, w)    d/dw = F(x, dy)
 *   Conv2dInputGrad   I(dy, w)     d/ddy = C(u, w)    d/dw = F(u, dy)
 *   Conv2dFilterGrad  F(x, dy)     d/dx = I(dy, v)    d/ddy = C(x, v)
 *
 * so any order of derivative stays within them. tfjs has no gradient for its filter gradient and pads asymmetrically.
 */
import {
  engine,
  type GradConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  registerGradient,
  registerKernel,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { tensorOf, valuesOf } from './cpu-values.ts';

export const Conv2d = 'Conv2d';
export const Conv2dInputGrad = 'Conv2dInputGrad';
export const Conv2dFilterGrad = 'Conv2dFilterGrad';
/** All three. */
export const CONVOLUTIONS: ReadonlySet<string> = new Set([Conv2d, Conv2dInputGrad, Conv2dFilterGrad]);

/** Geometry of one convolution. Sizes are those of the forward direction whichever of the three kernels it is given to. */
export interface Conv2dGeometry {
  /** Examples. */
  batch: number;
  /** Input channels of the whole tensor and output channels of the whole tensor. */
  inChannels: number;
  outChannels: number;
  /** Height and width of x, of the kernel and of y. */
  input: [number, number];
  kernel: [number, number];
  output: [number, number];
  stride: number;
  padding: number;
  /** Channel groups that see only each other: w is [outChannels, inChannels / groups, kh, kw]. */
  groups: number;
}

/** Height or width of a convolution's output: floor((size + 2 padding - kernel) / stride) + 1. */
export const outputSize = (size: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

/** Kernel attributes from a geometry, as tfjs wants them. */
const attributes = (geometry: Conv2dGeometry): NamedAttrMap => ({ ...geometry }) as unknown as NamedAttrMap;

/** Geometry from kernel attributes. */
const geometryOf = (attrs: NamedAttrMap | undefined): Conv2dGeometry => attrs as unknown as Conv2dGeometry;

export const inputShape = (g: Conv2dGeometry): number[] => [g.batch, g.inChannels, ...g.input];
export const outputShape = (g: Conv2dGeometry): number[] => [g.batch, g.outChannels, ...g.output];
export const filterShape = (g: Conv2dGeometry): number[] => [g.outChannels, g.inChannels / g.groups, ...g.kernel];

/** Runs one of the three kernels on the current backend. */
export function runConv(kernel: string, a: Tensor, b: Tensor, geometry: Conv2dGeometry): Tensor {
  const inputs = { a, b } as NamedTensorMap;
  return engine().runKernel(kernel, inputs, attributes(geometry)) as Tensor;
}

function gradient(kernelName: string, da: [string, 'dy,b' | 'b,dy'], db: [string, 'dy,a' | 'a,dy']): GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attrs) => {
      const [u, x, w] = [dy as Tensor, a as Tensor, b as Tensor];
      const g = geometryOf(attrs);
      return {
        a: () => (da[1] === 'dy,b' ? runConv(da[0], u, w, g) : runConv(da[0], w, u, g)),
        b: () => (db[1] === 'dy,a' ? runConv(db[0], u, x, g) : runConv(db[0], x, u, g)),
      };
    },
  };
}

registerGradient(gradient(Conv2d, [Conv2dInputGrad, 'dy,b'], [Conv2dFilterGrad, 'a,dy']));
registerGradient(gradient(Conv2dInputGrad, [Conv2d, 'dy,b'], [Conv2dFilterGrad, 'dy,a']));
registerGradient(gradient(Conv2dFilterGrad, [Conv2dInputGrad, 'b,dy'], [Conv2d, 'a,dy']));

/** Visits every run of output columns with the taps that reach it: y[yAt + i] meets x[xAt + i * stride] through w[wAt]. */
function forEachRun(g: Conv2dGeometry, visit: (y: number, x: number, w: number, length: number) => void): void {
  const [height, width] = g.input;
  const [rows, columns] = g.output;
  const [kh, kw] = g.kernel;
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  for (let n = 0; n < g.batch; n++) {
    for (let o = 0; o < g.outChannels; o++) {
      const group = Math.floor(o / groupOut);
      for (let c = 0; c < groupIn; c++) {
        const xPlane = (n * g.inChannels + group * groupIn + c) * height * width;
        const yPlane = (n * g.outChannels + o) * rows * columns;
        for (let i = 0; i < kh; i++) {
          for (let j = 0; j < kw; j++) {
            const wAt = ((o * groupIn + c) * kh + i) * kw + j;
            // Columns whose input column j - padding + column * stride lies within the image.
            const first = Math.max(0, Math.ceil((g.padding - j) / g.stride));
            const last = Math.min(columns - 1, Math.floor((width - 1 + g.padding - j) / g.stride));
            if (last < first) continue;
            for (let row = 0; row < rows; row++) {
              const xRow = row * g.stride + i - g.padding;
              if (xRow < 0 || xRow >= height) continue;
              visit(
                yPlane + row * columns + first,
                xPlane + xRow * width + first * g.stride + j - g.padding,
                wAt,
                last - first + 1,
              );
            }
          }
        }
      }
    }
  }
}

registerKernel({
  kernelName: Conv2d,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const g = geometryOf(attrs);
    const x = valuesOf(backend, inputs.a as Tensor);
    const w = valuesOf(backend, inputs.b as Tensor);
    const y = new Float32Array(outputShape(g).reduce((a, b) => a * b, 1));
    const { stride } = g;
    forEachRun(g, (yAt, xAt, wAt, length) => {
      const tap = w[wAt] as number;
      for (let i = 0, at = xAt; i < length; i++, at += stride) {
        y[yAt + i] = (y[yAt + i] as number) + tap * (x[at] as number);
      }
    });
    return tensorOf(backend, outputShape(g), y);
  },
});

registerKernel({
  kernelName: Conv2dInputGrad,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const g = geometryOf(attrs);
    const dy = valuesOf(backend, inputs.a as Tensor);
    const w = valuesOf(backend, inputs.b as Tensor);
    const dx = new Float32Array(inputShape(g).reduce((a, b) => a * b, 1));
    const { stride } = g;
    forEachRun(g, (yAt, xAt, wAt, length) => {
      const tap = w[wAt] as number;
      for (let i = 0, at = xAt; i < length; i++, at += stride) {
        dx[at] = (dx[at] as number) + tap * (dy[yAt + i] as number);
      }
    });
    return tensorOf(backend, inputShape(g), dx);
  },
});

registerKernel({
  kernelName: Conv2dFilterGrad,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const g = geometryOf(attrs);
    const x = valuesOf(backend, inputs.a as Tensor);
    const dy = valuesOf(backend, inputs.b as Tensor);
    // Positions are summed in float64: this kernel is the reference that the compiled executors are held against.
    const dw = new Float64Array(filterShape(g).reduce((a, b) => a * b, 1));
    const { stride } = g;
    forEachRun(g, (yAt, xAt, wAt, length) => {
      let sum = 0;
      for (let i = 0, at = xAt; i < length; i++, at += stride) sum += (x[at] as number) * (dy[yAt + i] as number);
      dw[wAt] = (dw[wAt] as number) + sum;
    });
    return tensorOf(backend, filterShape(g), Float32Array.from(dw));
  },
});
