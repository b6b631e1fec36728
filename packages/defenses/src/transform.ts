/** What the attacker believes was done to a gradient, as data where possible, so that the matching compiler can plan for it. */
import type * as tf from '@leakscope/engine/tf';
import { type NamedTensors, squaredNorm } from '@leakscope/shared/tensors';

/** The attacker compares T(g) of its candidate's gradient g with the intercepted y. */
export type Transform =
  | { readonly kind: 'identity' }
  /** g · min(1, S / ‖g‖): over all tensors with one S, or tensor by tensor with one S for all or one for each named (others stay). */
  | { readonly kind: 'scale-to-norm'; readonly scope: 'global'; readonly bounds: number }
  | {
      readonly kind: 'scale-to-norm';
      readonly scope: 'layer';
      readonly bounds: number | Readonly<Record<string, number>>;
    }
  /** Entries with mask 0 become 0; a tensor without a mask stays. Row-major, one byte an entry. */
  | { readonly kind: 'mask'; readonly masks: ReadonlyMap<string, Uint8Array> }
  /** Columns with keep 0 of one [rows, columns] tensor become 0. */
  | { readonly kind: 'columns'; readonly tensor: string; readonly keep: Uint8Array }
  /** In the order of application. */
  | { readonly kind: 'sequence'; readonly steps: readonly Transform[] }
  /**
   * Anything else that tfjs can differentiate; the matching program then builds every gradient explicitly. Programs are
   * cached by `name`: it must tell apart whatever computes differently, parameters included.
   */
  | {
      readonly kind: 'function';
      readonly name: string;
      apply(gradient: Record<string, tf.Tensor>): Record<string, tf.Tensor>;
    };

export const IDENTITY: Transform = { kind: 'identity' };

/** One transform for several in order: identities dropped, sequences flattened. */
export function sequence(steps: readonly Transform[]): Transform {
  const flat = steps.flatMap((step) => (step.kind === 'sequence' ? step.steps : [step]));
  const active = flat.filter((step) => step.kind !== 'identity');
  const [first, ...others] = active;
  if (first === undefined) return IDENTITY;
  return others.length === 0 ? first : { kind: 'sequence', steps: active };
}

/** min(1, S / norm); 1 for a zero norm. */
export function clipFactor(norm: number, bound: number): number {
  return norm > bound ? bound / norm : 1;
}

/** T applied to plain tensors, sums in float64; for tests and reports. A 'function' transform has no plain form and throws. */
export function applyTransform(tensors: NamedTensors, transform: Transform): NamedTensors {
  switch (transform.kind) {
    case 'identity':
      return tensors;
    case 'scale-to-norm': {
      const { scope, bounds } = transform;
      if (scope === 'global') {
        let square = 0;
        for (const { data } of tensors.values()) square += squaredNorm(data);
        const factor = clipFactor(Math.sqrt(square), bounds);
        return mapTensors(tensors, (_name, data) => data.map((value) => value * factor));
      }
      return mapTensors(tensors, (name, data) => {
        const bound = typeof bounds === 'number' ? bounds : (bounds[name] ?? Number.POSITIVE_INFINITY);
        const factor = clipFactor(Math.sqrt(squaredNorm(data)), bound);
        return data.map((value) => value * factor);
      });
    }
    case 'mask':
      return mapTensors(tensors, (name, data) => {
        const mask = transform.masks.get(name);
        return mask === undefined ? data : data.map((value, i) => (mask[i] === 0 ? 0 : value));
      });
    case 'columns':
      return mapTensors(tensors, (name, data) => {
        if (name !== transform.tensor) return data;
        return data.map((value, i) => (transform.keep[i % transform.keep.length] === 0 ? 0 : value));
      });
    case 'sequence':
      return transform.steps.reduce(applyTransform, tensors);
    case 'function':
      throw new TypeError('a function transform has no plain form: run it in a tensor program');
    default:
      return transform satisfies never;
  }
}

/** The same names and shapes with new values, in the same order. */
export function mapTensors(
  tensors: NamedTensors,
  values: (name: string, data: Float32Array, shape: readonly number[]) => Float32Array,
): NamedTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: values(name, data, shape) }]));
}
