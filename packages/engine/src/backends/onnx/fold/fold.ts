/**
 * Constant folding: what follows from bound tensors and constants alone is computed before a session opens.
 *
 * ONNX Runtime folds constants too, but one operation at a time, on one thread and value by value; that is most of the time it takes
 * to open a session. Here operations on weights become strided views (`view.ts`) where they can, and memory is written once, at the
 * end (`materialise.ts`). For example, the weights [O, I, 3, 3] of an input gradient are transposed to [I, O, 3, 3] and flipped:
 * both are views, and one pass over the weights carries out both. An operation without a row (`rows.ts`) is left to ONNX Runtime.
 */
import type { Shape } from '../../../graph/graph.ts';
import type { OnnxNode, OnnxTensor } from '../format.ts';
import type { LoweredGraph } from '../lower/lower.ts';
import { rows } from './rows.ts';
import { type View, viewOf } from './view.ts';

const numbers = ({ bytes }: OnnxTensor): number[] =>
  Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8), Number);

const floats = ({ bytes }: OnnxTensor): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

/** A graph whose constants are still views. */
export interface FoldedGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxTensor[];
  /** Constants by name: bound tensors, and what follows from them. */
  readonly views: ReadonlyMap<string, View>;
  /** Sizes, axes and offsets among the initialisers. */
  readonly ints: ReadonlyMap<string, readonly number[]>;
  /** Shapes of the graph's inputs. */
  readonly inputs: ReadonlyMap<string, Shape>;
  readonly outputs: readonly string[];
}

/** Folds the nodes that depend on constants alone. `bound`: the bound tensors' values, by their names in the graph. */
export function foldConstants(
  { nodes, initialisers, bound: parameters, inputs: ports, outputs }: LoweredGraph,
  bound: Readonly<Record<string, Float32Array>>,
): FoldedGraph {
  const ints = new Map<string, readonly number[]>();
  const known = new Map<string, View>();
  for (const tensor of initialisers) {
    if (tensor.type === 'int64') ints.set(tensor.name, numbers(tensor));
    if (tensor.type === 'float32') known.set(tensor.name, viewOf(floats(tensor), tensor.dims));
  }
  for (const { name, dims = [] } of parameters) known.set(name, viewOf(bound[name] as Float32Array, dims));
  const left: OnnxNode[] = [];
  for (const node of nodes) {
    const row = rows[node.type];
    const inputs = node.inputs.flatMap((name) => known.get(name) ?? []);
    const sizes = node.inputs.flatMap((name) => (ints.has(name) ? [ints.get(name) as readonly number[]] : []));
    if (row === undefined || inputs.length === 0 || inputs.length + sizes.length < node.inputs.length) left.push(node);
    else known.set(node.outputs[0] as string, row({ attributes: node.attributes, inputs, ints: sizes }));
  }
  const inputs = new Map(ports.map(({ name, dims = [] }) => [name, dims]));
  return { nodes: left, initialisers, views: known, ints, inputs, outputs: outputs.map(({ name }) => name) };
}
