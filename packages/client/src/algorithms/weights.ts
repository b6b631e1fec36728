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
      return [
        name,
        tensor(
          shape,
          data.map((value, i) => value - (from[i] as number)),
        ),
      ];
    }),
  );
}
