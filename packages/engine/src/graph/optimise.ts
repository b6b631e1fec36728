/** Rewrites a recorded graph: simplification, common subexpressions, constant folding, dead code. */
import { evaluate } from '../backends/eager/reference.ts';
import * as tf from '../tf.ts';
import { OptimisingBuilder } from './builder.ts';
import { type Graph, type Node, nodeAt, sizeOf } from './graph.ts';
import { simplifications } from './rules/rules.ts';

/** Folding larger constants would trade a cheap operation for memory. */
const LARGEST_FOLDED = 1 << 16;

/** An equal graph with as few and as cheap nodes as the rules can reach. */
export function optimise(graph: Graph): Graph {
  const builder = new OptimisingBuilder(simplifications);
  const renamed: number[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => renamed[id] as number);
    const id = builder.add(node.op, inputs, node.attrs, node.shape, node.dtype);
    renamed.push(foldConstant(builder, id));
  }
  const rename = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(named).map(([name, id]) => [name, renamed[id] as number]));
  return withoutDeadCode({ nodes: builder.nodes, outputs: rename(graph.outputs), state: rename(graph.state) });
}

function foldConstant(builder: OptimisingBuilder, id: number): number {
  const node = nodeAt(builder.nodes, id);
  if (node.inputs.length === 0 || node.op === 'BroadcastTo' || node.dtype !== 'float32') return id;
  if (sizeOf(node.shape) > LARGEST_FOLDED) return id;
  const inputs = node.inputs.map((input) => nodeAt(builder.nodes, input));
  const constant = ({ op, shape }: Node): boolean =>
    op === 'Const' || (op === 'Fill' && sizeOf(shape) <= LARGEST_FOLDED);
  if (!inputs.every(constant)) return id;
  return tf.tidy(() => {
    const values = evaluate(
      node,
      inputs.map((input) => evaluate(input, [])),
    ).dataSync() as Float32Array;
    return builder.add('Const', [], { values: Float32Array.from(values) }, node.shape);
  });
}

/** Keeps what the outputs and the next state need, and every parameter, so that the signature stays as declared. */
function withoutDeadCode(graph: Graph): Graph {
  const live = new Set<number>([...Object.values(graph.outputs), ...Object.values(graph.state)]);
  graph.nodes.forEach((node, id) => {
    if (node.op === 'Parameter') live.add(id);
  });
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (live.has(id)) for (const input of nodeAt(graph.nodes, id).inputs) live.add(input);
  }
  const position = new Map<number, number>();
  const nodes: Node[] = [];
  graph.nodes.forEach((node, id) => {
    if (!live.has(id)) return;
    position.set(id, nodes.length);
    nodes.push({ ...node, inputs: node.inputs.map((input) => position.get(input) as number) });
  });
  const rename = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(named).map(([name, id]) => [name, position.get(id) as number]));
  return { nodes, outputs: rename(graph.outputs), state: rename(graph.state) };
}
