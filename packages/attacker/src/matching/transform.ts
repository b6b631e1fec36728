/** The attacker's view of a defence, applied to the candidate's gradient term by term; differentiated through. */
import type { Transform } from '@leakscope/defenses';
import * as tf from '@leakscope/engine/tf';
import type { Weights } from '@leakscope/models';
import { weight } from '@leakscope/models';
import { ofCandidates } from './candidates.ts';
import { type ExplicitTerm, scaled, squareOf, type Term } from './term.ts';

type Step = Exclude<Transform, { readonly kind: 'identity' | 'sequence' }>;

/** The steps of a transform that do something, in order. */
export function stepsOf(transform: Transform): Step[] {
  if (transform.kind === 'sequence') return transform.steps.flatMap(stepsOf);
  return transform.kind === 'identity' ? [] : [transform];
}

/** Whether a transform tells parameters apart: all but a clip by the norm of the whole do. */
export const actsApart = (transform: Transform): boolean =>
  stepsOf(transform).some((step) => step.kind !== 'scale-to-norm' || step.scope !== 'global');

/** The parameter of a term under a transform that tells them apart. */
function nameOf({ names }: Term): string {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new TypeError(`the gradients of ${names} were not built apart`);
  return name;
}

/** Parameters that a step changes entry by entry, so that their gradients must exist. */
export function explicitNames(transform: Transform, parameters: readonly string[]): Set<string> {
  return new Set(
    stepsOf(transform).flatMap((step): readonly string[] => {
      switch (step.kind) {
        case 'mask':
          return [...step.masks.keys()];
        case 'columns':
          return [step.tensor];
        case 'function':
          return parameters;
        case 'scale-to-norm':
          return [];
        default:
          return step satisfies never;
      }
    }),
  );
}

/** What tells programs apart: kinds, scopes and names, but no values, which are bound. */
export const signatureOf = (transform: Transform): string =>
  stepsOf(transform)
    .map((step) => {
      switch (step.kind) {
        case 'scale-to-norm':
          return `scale-${step.scope}(${typeof step.bounds === 'number' ? '' : Object.keys(step.bounds)})`;
        case 'mask':
          return `mask(${[...step.masks.keys()]})`;
        case 'columns':
          return `columns(${step.tensor})`;
        case 'function':
          return `function(${step.name})`;
        default:
          return step satisfies never;
      }
    })
    .join('+') || 'identity';

/** Zeros and ones. A loop: typed arrays' own `from` with a function takes fifty times as long, a second for an update's mask. */
function bytes(mask: Uint8Array): Float32Array {
  const values = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i++) values[i] = mask[i] === 0 ? 0 : 1;
  return values;
}

/** A tensor to bind: its shape says what is compiled, its values are made when a session wants them. */
interface BoundTensor {
  readonly name: string;
  readonly shape: readonly number[];
  values(): Float32Array;
}

/** What a transform binds: bounds, masks and columns. */
export function boundTensors(transform: Transform, shapes: ReadonlyMap<string, readonly number[]>): BoundTensor[] {
  return stepsOf(transform).flatMap((step, i): BoundTensor[] => {
    const named = (name: string): string => `transform/${i}/${name}`;
    switch (step.kind) {
      case 'scale-to-norm': {
        const bounds = typeof step.bounds === 'number' ? { '': step.bounds } : step.bounds;
        return Object.entries(bounds).map(([name, bound]) => ({
          name: named(name),
          shape: [],
          values: () => Float32Array.of(bound),
        }));
      }
      case 'mask':
        return [...step.masks].map(([name, mask]) => ({
          name: named(name),
          shape: shapes.get(name) ?? [mask.length],
          values: () => bytes(mask),
        }));
      case 'columns':
        return [{ name: named(step.tensor), shape: [step.keep.length], values: () => bytes(step.keep) }];
      case 'function':
        return [];
      default:
        return step satisfies never;
    }
  });
}

/** min(1, bound / norm) from the squared norm [N]; its derivative is 0 within the bound, and finite at 0. */
function scaleFactor(square: tf.Tensor, bounds: tf.Tensor): tf.Tensor {
  const bound = ofCandidates(bounds, square.size);
  return tf.div(bound, tf.sqrt(tf.maximum(square, tf.square(bound))));
}

/** ||g||^2 over all terms, [N]. */
const totalSquare = (terms: readonly Term[]): tf.Tensor => tf.addN(terms.map(squareOf));

/** T(g): the terms of the transformed gradient. `bound` holds what `boundTensors` lists, of each update: [updates, ...]. */
export function transformed(
  terms: readonly Term[],
  transform: Transform,
  bound: Weights,
  shapes: ReadonlyMap<string, readonly number[]>,
): readonly Term[] {
  return stepsOf(transform).reduce<readonly Term[]>((current, step, i) => {
    const value = (name: string): tf.Tensor => weight(bound, `${i}/${name}`);
    switch (step.kind) {
      case 'scale-to-norm': {
        if (step.scope === 'global') {
          const factor = scaleFactor(totalSquare(current), value(''));
          return current.map((term) => scaled(term, factor));
        }
        const { bounds } = step;
        return current.map((term) => {
          if (typeof bounds !== 'number' && !Object.hasOwn(bounds, nameOf(term))) return term;
          return scaled(term, scaleFactor(squareOf(term), value(typeof bounds === 'number' ? '' : nameOf(term))));
        });
      }
      case 'mask':
        return current.map((term) => (step.masks.has(nameOf(term)) ? masked(built(term), value(nameOf(term))) : term));
      case 'columns':
        return current.map((term) => {
          if (nameOf(term) !== step.tensor) return term;
          const [rows] = shapes.get(step.tensor) as [number];
          return masked(built(term), tf.tile(tf.expandDims(value(step.tensor), 1), [1, rows, 1]));
        });
      case 'function':
        return applied(current.map(built), step.apply, shapes);
      default:
        return step satisfies never;
    }
  }, terms);
}

function built(term: Term): ExplicitTerm {
  // explicitNames() and this switch name the same parameters.
  if (term.kind === 'ghost') throw new TypeError(`the gradient of ${nameOf(term)} was not built`);
  return term;
}

/** `masks` [updates, ...], with a gradient's entries in their order. */
function masked(term: ExplicitTerm, masks: tf.Tensor): ExplicitTerm {
  const [population, ...rest] = term.gradient.shape as [number, ...number[]];
  const mask = tf.reshape(ofCandidates(masks, population), [-1, ...rest]);
  return { ...term, gradient: tf.mul(term.gradient, mask) };
}

/** A function of whole gradients, candidate by candidate. */
function applied(
  terms: readonly ExplicitTerm[],
  apply: (gradient: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  shapes: ReadonlyMap<string, readonly number[]>,
): ExplicitTerm[] {
  const population = terms[0]?.gradient.shape[0] as number;
  const candidates = Array.from({ length: population }, (_, n) =>
    apply(
      Object.fromEntries(
        terms.map((term) => {
          const { gradient } = term;
          const row = tf.slice(
            gradient,
            [n, ...new Array<number>(gradient.rank - 1).fill(0)],
            [1, ...gradient.shape.slice(1)],
          );
          return [nameOf(term), tf.reshape(row, [...(shapes.get(nameOf(term)) as readonly number[])])];
        }),
      ),
    ),
  );
  return terms.map((term) => ({
    ...term,
    gradient: tf.stack(candidates.map((gradient) => weight(gradient, nameOf(term)))),
  }));
}
