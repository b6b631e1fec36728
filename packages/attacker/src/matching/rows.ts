/**
 * Some rows of a gradient, in place of all of it. A search that sees noise fits one half of what was intercepted and is judged by the
 * other, which it has not seen. Whole rows are kept or left out, so that no gradient need be built for it: leaving out an output channel
 * of a convolution is setting that channel's delta to zero.
 *
 * A row is an output channel of a convolution, a column of a fully connected layer, or an entry of a vector. The head's bias, of which
 * there may be two entries, is never split.
 */
import * as tf from '@leakscope/engine/tf';
import { type Classifier, type Weights, weight } from '@leakscope/models';
import type { Random } from '@leakscope/shared/random';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import { ofCandidates } from './candidates.ts';
import type { ExplicitTerm } from './term.ts';

/** The axis of a parameter whose indices are its rows: the second of a matrix, else the first. */
const axisOf = (shape: readonly number[]): 0 | 1 => (shape.length === 2 ? 1 : 0);

/** The masks of a model: one entry a row of each parameter. */
export const rowSpecs = ({ parameters }: Pick<Classifier, 'parameters'>): { name: string; shape: [number] }[] =>
  parameters.map(({ name, shape }) => ({ name, shape: [shape[axisOf(shape)] as number] }));

/** Zeros and ones for each row of each parameter: the half that is fitted, and the half that judges. */
export interface Halves {
  readonly fitted: NamedTensors;
  readonly held: NamedTensors;
}

/** Splits the rows by fair coins; `random` gives the stream at a parameter's name. */
export function splitRows(model: Pick<Classifier, 'parameters' | 'head'>, random: (name: string) => Random): Halves {
  const fitted: NamedTensors = new Map();
  const held: NamedTensors = new Map();
  for (const { name, shape } of rowSpecs(model)) {
    const whole = name === `${model.head}.bias`;
    const draws = random(name);
    const coins = Float32Array.from({ length: shape[0] }, () => (whole || draws.uniform() < 0.5 ? 1 : 0));
    fitted.set(name, tensor(shape, coins));
    held.set(
      name,
      tensor(
        shape,
        coins.map((kept) => 1 - kept),
      ),
    );
  }
  return { fitted, held };
}

/** `update` with the rows set to zero that `rows` leaves out: what the kept rows of a candidate are compared with. */
export function keptOf(update: NamedTensors, rows: NamedTensors): NamedTensors {
  return new Map(
    [...update].map(([name, { shape, data }]): [string, Tensor] => {
      const mask = rows.get(name)?.data as Float32Array;
      // Entries of a row lie side by side but in a matrix, where they are as far apart as it is wide.
      const [period, run] = axisOf(shape) === 1 ? [mask.length, 1] : [mask.length, data.length / mask.length];
      const kept = data.map((value, i) => value * (mask[Math.floor(i / run) % period] as number));
      return [name, { shape, data: kept }];
    }),
  );
}

/** A mask [updates, rows] for each image of N candidates, in a shape that broadcasts over x [images, rows, ...]. */
function forImages(mask: tf.Tensor, x: tf.Tensor, population: number): tf.Tensor {
  const [images] = x.shape as [number];
  const own = ofCandidates(mask, population);
  const [candidates, rows] = own.shape as [number, number];
  const batch = images / population;
  const each =
    candidates === 1 || batch === 1
      ? own
      : tf.reshape(tf.broadcastTo(tf.expandDims(own, 1), [population, batch, rows]), [images, rows]);
  return tf.reshape(each, [each.shape[0] as number, rows, ...new Array<number>(x.rank - 2).fill(1)]);
}

/** Deltas [images, channels, H, W], or inputs [images, columns], of the rows of parameter `name` that are kept. */
export const keptRows = (x: tf.Tensor, masks: Weights, name: string, population: number): tf.Tensor =>
  tf.mul(x, forImages(weight(masks, name), x, population));

/** A built gradient's rows that are kept. `shapes`: those of the parameters. */
export function keptTerm(
  term: ExplicitTerm,
  masks: Weights,
  shapes: ReadonlyMap<string, readonly number[]>,
): ExplicitTerm {
  const { gradient, names } = term;
  const [population] = gradient.shape as [number];
  const mask = ofCandidates(
    tf.concat(
      names.map((name) => weight(masks, name)),
      1,
    ),
    population,
  );
  const [candidates, rows] = mask.shape as [number, number];
  const shape = shapes.get(names[0] as string) ?? [];
  // Vectors of several norms are one term [N, C, 1, 1]; a matrix is [N, rows, columns]; of a filter only the first axes are sure.
  const fits =
    axisOf(shape) === 1 ? [candidates, 1, rows] : [candidates, rows, ...new Array<number>(gradient.rank - 2).fill(1)];
  return { ...term, gradient: tf.mul(gradient, tf.reshape(mask, fits)) };
}
