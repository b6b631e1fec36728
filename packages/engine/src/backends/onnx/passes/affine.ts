/**
 * Finds x * scale + shift with one scale and one shift a channel, as train-mode batch norm has them forwards and backwards.
 * One depthwise convolution with a bias (`../lower/affine.ts`) passes over the activations once; a product and a sum pass twice.
 */
import { fixedNodes } from '../../../graph/fixed.ts';
import { type Graph, nodeAt, type Shape, sizeOf } from '../../../graph/graph.ts';
import { usesOf } from '../../../graph/uses.ts';

/** Indices of the operands of x * scale + shift, and of the product in it, which is then not needed itself. */
interface Affine {
  readonly x: number;
  readonly scale: number;
  readonly shift: number;
  readonly product: number;
  /** Of the channels, in x. */
  readonly axis: 0 | 1;
}

/** With fewer channels, some threads of the convolution would be idle. */
const FEWEST_CHANNELS = 16;
/** With fewer values, a tensor stays in the caches, and starting a convolution costs more than the pass that it saves. */
const FEWEST_VALUES = 2 ** 18;

/** The axis of the channels of an image [N, C, H, W] or, in CHWN, [C, H, W, N], where `vector` has one number for each. */
function channelAxis(image: Shape, vector: Shape): 0 | 1 | undefined {
  if (image.length !== 4 || vector.length !== 4 || sizeOf(image) < FEWEST_VALUES) return undefined;
  const axis = ([1, 0] as const).find((i) => vector[i] === image[i] && sizeOf(vector) === image[i]);
  return axis !== undefined && (image[axis] as number) >= FEWEST_CHANNELS ? axis : undefined;
}

/** The sums of a graph that are such, by node. Constant scales and shifts are left to the convolution before them. */
export function findAffines(graph: Graph): ReadonlyMap<number, Affine> {
  const { nodes } = graph;
  const uses = usesOf(graph);
  const fixed = fixedNodes(graph);
  const found = new Map<number, Affine>();
  nodes.forEach((node, id) => {
    if (node.op !== 'Add') return;
    const [left, right] = node.inputs as [number, number];
    for (const [product, shift] of [
      [left, right],
      [right, left],
    ] as const) {
      const factor = nodeAt(nodes, product);
      if (factor.op !== 'Multiply' || uses[product] !== 1 || fixed[shift]) continue;
      const axisOf = (vector: number): 0 | 1 | undefined => channelAxis(node.shape, nodeAt(nodes, vector).shape);
      const axis = axisOf(shift);
      const [a, b] = factor.inputs as [number, number];
      const scale = [a, b].find((input) => axisOf(input) === axis);
      if (axis === undefined || scale === undefined || fixed[scale]) continue;
      found.set(id, { x: scale === a ? b : a, scale, shift, product, axis });
      return;
    }
  });
  return found;
}
