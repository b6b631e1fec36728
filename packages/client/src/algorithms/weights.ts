/** Arithmetic on named tensors that the local algorithms share. */
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';

/** A deep copy, to train on. */
export function copyOf(tensors: NamedTensors): NamedTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, tensor(shape, data.slice())]));
}

/** `after - before` for every tensor of `after`. */
export function difference(after: NamedTensors, before: NamedTensors): NamedTensors {
  return new Map(
    [...after].map(([name, { shape, data }]) => {
      const from = before.get(name)?.data as Float32Array;
      const change = tensor(shape);
      for (let i = 0; i < data.length; i++) change.data[i] = (data[i] as number) - (from[i] as number);
      return [name, change];
    }),
  );
}

/** The plain mean of gradients with the same names and shapes, summed in float64. */
export function meanOf(gradients: readonly NamedTensors[]): NamedTensors {
  const [first] = gradients;
  return new Map(
    [...(first ?? [])].map(([name, { shape, data }]) => {
      const sum = new Float64Array(data.length);
      for (const gradient of gradients) {
        const values = gradient.get(name)?.data as Float32Array;
        for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (values[i] as number);
      }
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) / gradients.length;
      return [name, tensor(shape, new Float32Array(sum))];
    }),
  );
}
