/**
 * Keeps images in blocks of channels (the layout NCHWc) from one convolution to the next, and through the operations in between.
 *
 * ONNX Runtime does so by itself only around convolutions with constant weights. For most of what ghost matching does with an image
 * it reorders twice, into blocks and out of them.
 */
import type { Shape } from '../../../graph/graph.ts';
import type { FoldedGraph } from '../fold/fold.ts';
import type { OnnxNode } from '../format.ts';
import { BlockedGraph } from './blocked-graph.ts';
import { rows } from './rows.ts';
import { shapeAfter } from './shapes.ts';

/** The nodes that an output depends on. */
function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const read = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => read.has(name))) return false;
    for (const name of node.inputs) read.add(name);
    return true;
  });
  return kept.reverse();
}

/** An equal graph with images in blocks of `block` channels wherever that saves a reordering. */
export function toBlocks(graph: FoldedGraph, block: number): FoldedGraph {
  const views = new Map(graph.views);
  const shapes = new Map<string, Shape>(graph.inputs);
  for (const { name, dims } of graph.initialisers) shapes.set(name, dims);
  for (const [name, { dims }] of views) shapes.set(name, dims);
  const makers = new Map<string, OnnxNode>();
  const uses = new Map<string, number>();
  for (const node of graph.nodes) {
    const ints = node.inputs.flatMap((name) =>
      graph.ints.has(name) ? [graph.ints.get(name) as readonly number[]] : [],
    );
    const tensors = node.inputs.filter((name) => !graph.ints.has(name));
    const shape = shapeAfter(
      node,
      tensors.map((name) => shapes.get(name)),
      ints,
    );
    for (const name of node.outputs) {
      makers.set(name, node);
      if (shape !== undefined) shapes.set(name, shape);
    }
    for (const name of node.inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const a = new BlockedGraph(block, { views, shapes, makers, uses });
  for (const node of graph.nodes) {
    if (!rows[node.type]?.(a, node)) a.nodes.push({ ...node, inputs: node.inputs.map((input) => a.plain(input)) });
  }
  return {
    ...graph,
    nodes: needed(a.nodes, graph.outputs),
    initialisers: [...graph.initialisers, ...a.initialisers],
    views,
  };
}
