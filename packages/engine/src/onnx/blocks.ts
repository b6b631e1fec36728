/**
 * What ONNX Runtime keeps in blocks of channels on a CPU: images, from one convolution to the next. It adds one convolution's
 * result to the next one's without a pass of its own, but a sum with anything that is not in blocks takes its other operand out
 * of them. Differentiation adds up in the order of the tape, a convolution, a product, a convolution: here sums are put in order.
 */
import { fixedNodes } from '../graph/fixed.ts';
import { type Graph, type Node, nodeAt, type Op, type Shape, sameShape } from '../graph/graph.ts';
import { usesOf } from '../graph/uses.ts';
import type { Conv2dGeometry } from '../kernels/conv2d.ts';

const CONVOLUTIONS: ReadonlySet<Op> = new Set<Op>(['Conv2d', 'Conv2dInputGrad']);
/** Operations whose result is in blocks where their operands are. */
const STAYING: ReadonlySet<Op> = new Set<Op>(['Add', 'Multiply', 'Relu', 'Step']);
/** Channels of one block, on any machine; other counts leave the layout. */
const BLOCK = 16;

/** Whether `vector` has one number for each channel of images [N, C, H, W] that can be in blocks. */
export function isPerChannel(images: Shape, vector: Shape): boolean {
  if (images.length !== 4 || vector.length !== 4) return false;
  const [, channels] = images as [number, number];
  return channels % BLOCK === 0 && vector[1] === channels && vector.every((size, axis) => axis === 1 || size === 1);
}

/** Whether a node becomes one convolution; with a stride, an input gradient becomes several that are then put together. */
function isConvolution({ op, attrs }: Node): boolean {
  if (!CONVOLUTIONS.has(op)) return false;
  return op === 'Conv2d' || (attrs as unknown as Conv2dGeometry).stride === 1;
}

/**
 * Whether each node's result is in blocks: a convolution's, and what is made of such by passes that stay in them. What is scaled and
 * then shifted by constants is brought into them: both are one depthwise convolution, and what follows is most often another.
 */
export function inBlocks(graph: Graph): readonly boolean[] {
  const { nodes } = graph;
  const fixed = fixedNodes(graph);
  const uses = usesOf(graph);
  const perChannel = (node: Node, id: number): boolean =>
    fixed[id] === true && isPerChannel(node.shape, nodeAt(nodes, id).shape);
  const shifted = new Set(
    nodes.flatMap((node) => {
      const shift = node.op === 'Add' ? node.inputs.find((id) => perChannel(node, id)) : undefined;
      return shift === undefined ? [] : node.inputs.filter((id) => id !== shift && uses[id] === 1);
    }),
  );
  const known: boolean[] = [];
  nodes.forEach((node, id) => {
    const brought = node.op === 'Multiply' && shifted.has(id) && node.inputs.some((input) => perChannel(node, input));
    const stays = (input: number): boolean =>
      like(node, nodeAt(nodes, input)) ? known[input] === true : perChannel(node, input);
    known.push(isConvolution(node) || brought || (STAYING.has(node.op) && node.inputs.every(stays)));
  });
  return known;
}

const like = (a: Node, b: Node): boolean => sameShape(a.shape, b.shape);

/** An equal graph whose sums of images begin with what is in blocks: products first, then convolutions, then all else. */
export function blocksFirst(graph: Graph): Graph {
  const { nodes } = graph;
  const uses = usesOf(graph);
  const isSum = (node: Node): boolean =>
    node.op === 'Add' && node.shape.length === 4 && node.inputs.every((id) => like(node, nodeAt(nodes, id)));
  /** Sums that are no more than a part of the sum that reads them. */
  const parts = new Set<number>();
  for (const node of nodes) {
    if (!isSum(node)) continue;
    for (const id of node.inputs) if (uses[id] === 1 && isSum(nodeAt(nodes, id))) parts.add(id);
  }
  const terms = (id: number): number[] =>
    nodeAt(nodes, id).inputs.flatMap((input) => (parts.has(input) ? terms(input) : [input]));
  const blocked = inBlocks(graph);
  const rank = (id: number): number => {
    if (isConvolution(nodeAt(nodes, id))) return 1;
    return blocked[id] ? 0 : 2;
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
