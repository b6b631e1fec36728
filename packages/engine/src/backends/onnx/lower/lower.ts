/** A graph as an ONNX graph: the passes that its device wants, then one row an operation. */
import { type DType, type Graph, nodeAt, type Shape } from '../../../graph/graph.ts';
import type { OnnxDevice } from '../device.ts';
import type { OnnxGraph, OnnxValue } from '../format.ts';
import { findAffines } from '../passes/affine.ts';
import { convolutionsLast } from '../passes/sum-order.ts';
import { toChwn } from '../passes/to-chwn.ts';
import { lowerAffine } from './affine.ts';
import { Emitter } from './emitter.ts';
import { rows } from './rows.ts';

export const inputName = (name: string): string => `in/${name}`;
export const outputName = (name: string): string => `out/${name}`;
export const nextStateName = (name: string): string => `next/${name}`;

/** An ONNX graph whose bound tensors are still to be added as initialisers, under `inputName`. */
export interface LoweredGraph extends Omit<OnnxGraph, 'name'> {
  bound: readonly OnnxValue[];
}

/** Lowers a graph for a device. Bound parameters stay open until a session binds them. */
export function lower(program: Graph, device: OnnxDevice = 'cpu'): LoweredGraph {
  const graph = device === 'cpu' ? convolutionsLast(toChwn(program)) : program;
  const e = new Emitter(device);
  const inputs: OnnxValue[] = [];
  const bound: OnnxValue[] = [];
  const names = graph.nodes.map(() => '');
  const affines: ReturnType<typeof findAffines> = device === 'cpu' ? findAffines(graph) : new Map();
  const unneeded = new Set([...affines.values()].map(({ product }) => product));
  graph.nodes.forEach((node, id) => {
    if (unneeded.has(id)) return;
    const affine = affines.get(id);
    if (affine !== undefined) {
      const operands = [affine.x, affine.scale, affine.shift].map((input) => names[input] as string);
      names[id] = lowerAffine(e, operands as [string, string, string], node.shape, affine.axis);
      return;
    }
    if (node.op === 'Parameter') {
      const value = { name: inputName(node.attrs.name as string), type: node.dtype, dims: node.shape };
      (node.attrs.role === 'bound' ? bound : inputs).push(value);
      if (node.attrs.role === 'bound') e.markConstant(value.name);
      names[id] = value.name;
      return;
    }
    const sources = node.inputs.map((input) => nodeAt(graph.nodes, input));
    const operands = node.inputs.map((input) => names[input] as string);
    names[id] = rows[node.op]({ e, node, inputs: operands, sources });
  });
  const outputs: OnnxValue[] = [];
  const expose = (results: Readonly<Record<string, number>>, rename: (name: string) => string): void => {
    for (const [name, id] of Object.entries(results)) {
      const { shape, dtype } = nodeAt(graph.nodes, id);
      e.nodes.push({ type: 'Identity', inputs: [names[id] as string], outputs: [rename(name)], attributes: {} });
      outputs.push({ name: rename(name), type: dtype as DType, dims: shape as Shape });
    }
  };
  expose(graph.outputs, outputName);
  expose(graph.state, nextStateName);
  return { nodes: e.nodes, initialisers: e.initialisers, inputs, bound, outputs };
}
