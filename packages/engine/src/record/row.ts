/** What a tfjs kernel appends to the graph: the shape of a row, and how rows read a kernel's inputs. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../graph/graph.ts';
import type { Recording } from './recorder.ts';

export type Inputs = Readonly<Record<string, tf.TensorInfo>>;

export type Attrs = Readonly<Record<string, unknown>>;

export type Row = (r: Recording, inputs: Inputs, attrs: Attrs) => number | number[];

export const at = (inputs: Inputs, name: string): tf.TensorInfo => {
  const tensor = inputs[name];
  if (tensor === undefined) throw new LeakscopeError('ENGINE_INTERNAL', { reason: `kernel input ${name} is missing` });
  return tensor;
};

export const view = (r: Recording, id: number, shape: Shape): number =>
  r.add('Reshape', [id], {}, shape, r.node(id).dtype);

export const list = (inputs: Inputs): tf.TensorInfo[] => inputs as unknown as tf.TensorInfo[];
