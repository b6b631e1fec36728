/**
 * Max pooling as values plus the flat position of each winner. Its derivatives only move numbers between the two:
 *
 *   MaxPool2d   x -> (values, positions)       d/dx = PutAt(dy)
 *   TakeAt      x, positions -> x[positions]   d/dx = PutAt(dy)
 *   PutAt       v, positions -> zeros, += v    d/dv = TakeAt(u)
 *
 * Positions count through the whole flattened tensor, as ONNX's MaxPool returns them. Ties go to the first, as in PyTorch.
 */
import { engine, type NamedTensorMap, registerGradient, registerKernel, type Tensor } from '@tensorflow/tfjs-core';
import { tensorOf, valuesOf } from './cpu-values.ts';

export const MaxPool2d = 'MaxPool2d';
export const TakeAt = 'TakeAt';
export const PutAt = 'PutAt';

/** A square pooling window; padding counts as minus infinity. */
export interface PoolGeometry {
  size: number;
  stride: number;
  padding: number;
}

/** Values of `x` at flat `positions`; same shape as `positions`. */
export function takeAt(x: Tensor, positions: Tensor): Tensor {
  const inputs = { x, positions } as NamedTensorMap;
  return engine().runKernel(TakeAt, inputs, {}) as Tensor;
}

/** A zero tensor of `shape` with `values` added at flat `positions`. */
export function putAt(values: Tensor, positions: Tensor, shape: readonly number[]): Tensor {
  const inputs = { x: values, positions } as NamedTensorMap;
  return engine().runKernel(PutAt, inputs, { shape: [...shape] }) as Tensor;
}

/** Pooled values and winners' flat positions of `x` [N, C, H, W]. */
export function maxPoolWithPositions(x: Tensor, geometry: PoolGeometry): [Tensor, Tensor] {
  const inputs = { x } as NamedTensorMap;
  return engine().runKernel(MaxPool2d, inputs, { ...geometry }) as unknown as [Tensor, Tensor];
}

registerGradient({
  kernelName: MaxPool2d,
  inputsToSave: ['x'],
  outputsToSave: [false, true], // positions are constant almost everywhere, so their lost path loses nothing
  gradFunc: (dy, [x, positions]) => ({
    x: () => putAt((dy as Tensor[])[0] as Tensor, positions as Tensor, (x as Tensor).shape),
  }),
});
registerGradient({
  kernelName: TakeAt,
  inputsToSave: ['x', 'positions'],
  gradFunc: (dy, [x, positions]) => ({ x: () => putAt(dy as Tensor, positions as Tensor, (x as Tensor).shape) }),
});
registerGradient({
  kernelName: PutAt,
  inputsToSave: ['positions'],
  gradFunc: (dy, [positions]) => ({ x: () => takeAt(dy as Tensor, positions as Tensor) }),
});

registerKernel({
  kernelName: MaxPool2d,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { size, stride, padding } = attrs as unknown as PoolGeometry;
    const x = inputs.x as Tensor;
    const [n, c, height, width] = x.shape as [number, number, number, number];
    const values = valuesOf(backend, x);
    const rows = Math.floor((height + 2 * padding - size) / stride) + 1;
    const columns = Math.floor((width + 2 * padding - size) / stride) + 1;
    const pooled = new Float32Array(n * c * rows * columns);
    const positions = new Int32Array(pooled.length);
    for (let plane = 0, out = 0; plane < n * c; plane++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, out++) {
          let best = Number.NEGATIVE_INFINITY;
          let at = -1;
          for (let i = Math.max(0, row * stride - padding); i < Math.min(height, row * stride - padding + size); i++) {
            const from = Math.max(0, column * stride - padding);
            const to = Math.min(width, column * stride - padding + size);
            for (let j = from; j < to; j++) {
              const position = (plane * height + i) * width + j;
              const value = values[position] as number;
              if (value > best || at < 0) {
                best = value;
                at = position;
              }
            }
          }
          pooled[out] = best;
          positions[out] = at;
        }
      }
    }
    return [tensorOf(backend, [n, c, rows, columns], pooled), tensorOf(backend, [n, c, rows, columns], positions)];
  },
});

registerKernel({
  kernelName: TakeAt,
  backendName: 'cpu',
  kernelFunc: ({ inputs, backend }) => {
    const positions = valuesOf(backend, inputs.positions as Tensor);
    const x = valuesOf(backend, inputs.x as Tensor);
    return tensorOf(
      backend,
      (inputs.positions as Tensor).shape,
      Float32Array.from(positions, (at) => x[at] as number),
    );
  },
});

registerKernel({
  kernelName: PutAt,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const shape = attrs?.shape as number[];
    const positions = valuesOf(backend, inputs.positions as Tensor);
    const values = valuesOf(backend, inputs.x as Tensor);
    const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
    positions.forEach((at, i) => {
      out[at] = (out[at] as number) + (values[i] as number);
    });
    return tensorOf(backend, shape, out);
  },
});
