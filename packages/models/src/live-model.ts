/**
 * A classifier without the weights that small images never meet: on a map of one pixel eight of a 3x3 filter's nine taps read padding
 * only, their gradient is zero, and a step of training would do no more than copy them (65 % of ResNet-18's weights with the
 * 7x7 stem at 32x32).
 */
import { compile } from '@leakscope/engine';
import { liveTaps, outputSize } from '@leakscope/engine/kernels';
import type * as tf from '@leakscope/engine/tf';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import type { Classifier } from './classifier.ts';
import { evalLayers, type Layers, type Window } from './layers.ts';

/** Which part of a filter [O, I, k, k] is left, and the padding that then gives the same output. */
interface Cut {
  readonly first: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly padding: number;
}

export interface LiveModel {
  /** The same function of the weights that are left. */
  readonly model: Classifier;
  /** Those weights. */
  take(weights: NamedTensors): NamedTensors;
  /** All weights: `live` in their places, the rest from `weights`. Neither is changed. */
  restore(live: NamedTensors, weights: NamedTensors): NamedTensors;
}

export function liveModel(model: Classifier): LiveModel {
  const cuts = cutsOf(model);
  const cutOf = (name: string): Cut | undefined => cuts.get(name);
  const adapted = (layers: Layers): Layers => ({
    ...layers,
    conv2d(name, x, window = {}) {
      const cut = cutOf(`${name}.weight`);
      return layers.conv2d(name, x, cut === undefined ? window : { ...window, padding: cut.padding });
    },
  });
  return {
    model: {
      ...model,
      parameters: model.parameters.map((spec) => {
        const cut = cutOf(spec.name);
        return cut === undefined ? spec : { ...spec, shape: [...spec.shape.slice(0, 2), ...cut.kernel] };
      }),
      features: (layers, x) => model.features(adapted(layers), x),
      forward: (layers, x) => model.forward(adapted(layers), x),
      initialise: (random) => take(model.initialise(random)),
    },
    take,
    restore: (live, weights) =>
      new Map(
        [...live].map(([name, part]) => {
          const cut = cutOf(name);
          return [name, cut === undefined ? part : pasted(part, weights.get(name) as Tensor, cut)];
        }),
      ),
  };

  function take(weights: NamedTensors): NamedTensors {
    return new Map(
      [...weights].map(([name, whole]) => {
        const cut = cutOf(name);
        return [name, cut === undefined ? whole : taken(whole, cut)];
      }),
    );
  }
}

/** Calls `visit` with the place of each tap that is left, in the whole filter and among those that are left. */
function eachTap({ shape }: Tensor, { first, kernel }: Cut, visit: (whole: number, live: number) => void): void {
  const [outputs, inputs, rows, columns] = shape as [number, number, number, number];
  let live = 0;
  for (let filter = 0; filter < outputs * inputs; filter++) {
    for (let i = 0; i < kernel[0]; i++) {
      const row = (filter * rows + first[0] + i) * columns + first[1];
      for (let j = 0; j < kernel[1]; j++) visit(row + j, live++);
    }
  }
}

function taken(whole: Tensor, cut: Cut): Tensor {
  const part = tensor([...whole.shape.slice(0, 2), ...cut.kernel]);
  eachTap(whole, cut, (at, live) => {
    part.data[live] = whole.data[at] as number;
  });
  return part;
}

function pasted(part: Tensor, whole: Tensor, cut: Cut): Tensor {
  const result = tensor(whole.shape, whole.data.slice());
  eachTap(whole, cut, (at, live) => {
    result.data[at] = part.data[live] as number;
  });
  return result;
}

const known = new Map<string, ReadonlyMap<string, Cut>>();

/** By parameter, for the filters that lose taps. */
function cutsOf(model: Classifier): ReadonlyMap<string, Cut> {
  const key = `${model.name}/${model.classes}/${model.inputShape}`;
  const found = known.get(key) ?? recorded(key, model);
  known.set(key, found);
  return found;
}

/** Compiling a forward pass computes nothing and shows every convolution's sizes. */
function recorded(key: string, model: Classifier): ReadonlyMap<string, Cut> {
  const cuts = new Map<string, Cut>();
  compile({
    name: `live/${key}`,
    inputs: { x: [1, ...model.inputShape] },
    bound: Object.fromEntries([...model.parameters, ...model.buffers].map(({ name, shape }) => [name, shape])),
    fn: (tensors) => {
      const layers = evalLayers(tensors);
      const watching: Layers = {
        ...layers,
        conv2d(name, x, window = {}) {
          const filter = tensors[`${name}.weight`] as tf.Tensor;
          const cut = cutFor(x.shape, filter.shape, window);
          if (cut !== undefined) cuts.set(`${name}.weight`, cut);
          return layers.conv2d(name, x, window);
        },
      };
      return { outputs: { logits: model.forward(watching, tensors.x as tf.Tensor).logits } };
    },
  });
  return cuts;
}

/** Undefined where no tap is dead, or where what is left would want other padding on different sides. */
function cutFor(
  image: readonly number[],
  filter: readonly number[],
  { stride = 1, padding = 0 }: Window,
): Cut | undefined {
  const axes = [2, 3].map((axis) => {
    const [input, kernel] = [image[axis] as number, filter[axis] as number];
    const output = outputSize(input, kernel, stride, padding);
    return { input, output, whole: kernel, ...liveTaps({ kernel, input, output, stride, before: padding }) };
  }) as [Axis, Axis];
  const [rows, columns] = axes;
  const same = axes.every(
    ({ input, output, kernel, before }) =>
      before === rows.before && before >= 0 && outputSize(input, kernel, stride, before) === output,
  );
  if (!same || axes.every(({ kernel, whole }) => kernel === whole)) return undefined;
  return { first: [rows.first, columns.first], kernel: [rows.kernel, columns.kernel], padding: rows.before };
}

interface Axis extends ReturnType<typeof liveTaps> {
  readonly input: number;
  readonly output: number;
  readonly whole: number;
}
