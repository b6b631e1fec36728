/**
 * Reorders sums of images so that convolutions come last.
 *
 * On a CPU, ONNX Runtime's convolutions can add their result to an existing image without a pass of its own. Differentiation sums in
 * the order of the tape: conv(a) + b * c + conv(d). Here that becomes (b * c + conv(a)) + conv(d).
 */
import { type Graph, type Node, nodeAt, type Op, sameShape } from '../../../graph/graph.ts';
import { isPerChannel } from '../../../graph/shapes.ts';
import { usesOf } from '../../../graph/uses.ts';
import type { Conv2dGeometry } from '../../../kernels/conv2d.ts';

const CONVOLUTIONS: ReadonlySet<Op> = new Set<Op>(['Conv2d', 'Conv2dInputGrad']);
/** With one value a channel, these become depthwise convolutions where images are in blocks. */
const BY_CHANNEL: ReadonlySet<Op> = new Set<Op>(['Add', 'Multiply']);

/** Whether a node becomes exactly one convolution. With a stride, an input gradient becomes several, which are then interleaved. */
function isConvolution({ op, attrs }: Node): boolean {
  if (!CONVOLUTIONS.has(op)) return false;
  return op === 'Conv2d' || (attrs as unknown as Conv2dGeometry).stride === 1;
}

/** An equal graph whose sums of images end with convolutions. */
export function convolutionsLast(graph: Graph): Graph {
  const { nodes } = graph;
  const uses = usesOf(graph);
  const isLike = (node: Node, id: number): boolean => sameShape(node.shape, nodeAt(nodes, id).shape);
  const isSum = (node: Node): boolean =>
    node.op === 'Add' && node.shape.length === 4 && node.inputs.every((id) => isLike(node, id));
  /** Sums whose only reader is another sum. */
  const parts = new Set<number>();
  for (const node of nodes) {
    if (!isSum(node)) continue;
    for (const id of node.inputs) if (uses[id] === 1 && isSum(nodeAt(nodes, id))) parts.add(id);
  }
  const terms = (id: number): number[] =>
    nodeAt(nodes, id).inputs.flatMap((input) => (parts.has(input) ? terms(input) : [input]));
  const rank = (id: number): number => {
    const node = nodeAt(nodes, id);
    if (isConvolution(node)) return 2;
    const isByChannel = node.inputs.some((input) => isPerChannel(node.shape, nodeAt(nodes, input).shape));
    return BY_CHANNEL.has(node.op) && isByChannel ? 1 : 0;
  };
  const renamed: number[] = [];
  const result: Node[] = [];
  const push = (node: Node): number => result.push(node) - 1;
  nodes.forEach((node, id) => {
    if (parts.has(id)) return;
    if (!isSum(node)) {
      renamed[id] = push({ ...node, inputs: node.inputs.map((input) => renamed[input] as number) });
      return;
    }
    const ordered = terms(id).sort((a, b) => rank(a) - rank(b));
    renamed[id] = ordered
      .map((term) => renamed[term] as number)
      .reduce((sum, term) => push({ ...node, inputs: [sum, term] }));
  });
  const rename = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(named).map(([name, id]) => [name, renamed[id] as number]));
  return { nodes: result, outputs: rename(graph.outputs), state: rename(graph.state) };
}
