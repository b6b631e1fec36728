/**
 * Training on small images with the batch innermost: [N, C, H, W] lies in memory as [C, H, W, N], one image whose pixels are N
 * values wide. A convolution over it is one matrix product with long rows for the whole batch, where ONNX Runtime would unfold
 * and multiply each example's few pixels by themselves and read all weights anew for each (0.7 of the time at 8x8 and 4x4).
 */
import { OptimisingBuilder, reshape } from '../graph/builder.ts';
import { fixedNodes } from '../graph/fixed.ts';
import { BINARY, type Graph, type Node, nodeAt, type Op, type Shape, UNARY } from '../graph/graph.ts';
import { inMemory, type Order, rowMajor } from '../graph/order.ts';
import { aligned, arranged, commonOrder, type Mover, type Placed, placed, plain, reshaped } from '../graph/placed.ts';
import { simplifications } from '../graph/simplify.ts';
import { CONVOLUTIONS, type Conv2dGeometry, filterShape, inputShape, outputShape } from '../kernels/conv2d.ts';

import { areSmallMaps } from './lower-conv-products.ts';

/** A convolution over images whose pixels are `lanes` values wide: one for each example of the batch, which `batch` then is not. */
export interface LanedGeometry extends Conv2dGeometry {
  readonly lanes?: number;
}

/** [N, C, H, W] in memory as [C, H, W, N]. */
const BATCH_LAST: Order = [1, 2, 3, 0];

/** Fewer examples make rows no longer than an image's own. */
const FEWEST_LANES = 8;
/** Rows of pixels this long are as good as they are; measured at 16 (worth it) and 32 (not). */
const WIDEST = 16;

const BROADCASTING: ReadonlySet<Op> = new Set<Op>([...BINARY, 'Select']);
const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>([...UNARY, 'Cast']);
const REDUCING: ReadonlySet<Op> = new Set<Op>(['Sum', 'Max', 'Min']);

/** Whether a tensor is a batch of images that are better off batch last. */
const isSmall = ([batch = 0, , , columns = 0]: Shape): boolean => batch >= FEWEST_LANES && columns <= WIDEST;

/** Whether a convolution gains. A strided one does as products only: its output's pixels are not those of its input in the same order. */
function gains({ op, attrs }: Node): boolean {
  if (!CONVOLUTIONS.has(op)) return false;
  const g = attrs as unknown as Conv2dGeometry;
  const lined = g.groups === 1 && (g.stride === 1 || areSmallMaps(g));
  return lined && isSmall(inputShape(g)) && isSmall(outputShape(g));
}

/** Whether some convolution that gains has weights which change from call to call; others are packed, which is better still. */
function trains(graph: Graph): boolean {
  const fixed = fixedNodes(graph);
  return graph.nodes.some((node) => node.op === 'Conv2d' && gains(node) && !fixed[node.inputs[1] as number]);
}

interface Value {
  readonly id: number;
  readonly shape: Shape;
}

/** An equal graph with the convolutions that gain, and what lies between them, batch last; or the graph itself where none does. */
export function batchLast(graph: Graph): Graph {
  if (!trains(graph)) return graph;
  const builder = new OptimisingBuilder(simplifications);
  const mover: Mover<Value> = {
    reshape: ({ id }, shape) => ({ id: reshape(builder, id, shape), shape }),
    transpose({ id, shape }, perm) {
      const to = inMemory(shape, perm);
      return { id: builder.add('Transpose', [id], { perm }, to, nodeAt(builder.nodes, id).dtype), shape: to };
    },
  };
  const values: Placed<Value>[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values[id] as Placed<Value>);
    values.push(gains(node) ? laned(builder, mover, node, inputs) : moved(builder, mover, node, inputs));
  }
  const exposed = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(named).map(([name, id]) => [name, plain(mover, values[id] as Placed<Value>).id]));
  const [outputs, state] = [exposed(graph.outputs), exposed(graph.state)];
  return { nodes: builder.nodes, outputs, state };
}

/** The node over values in whatever order they lie, where it does not mind; else in the graph's own. */
function moved(
  builder: OptimisingBuilder,
  mover: Mover<Value>,
  node: Node,
  inputs: readonly Placed<Value>[],
): Placed<Value> {
  const { op, attrs, shape, dtype } = node;
  const [x] = inputs;
  const add = (operands: readonly Value[], order: Order, changed = attrs): Placed<Value> => {
    const size = inMemory(shape, order);
    const ids = operands.map(({ id }) => id);
    return placed({ id: builder.add(op, ids, changed, size, dtype), shape: size }, shape, order);
  };
  if (x !== undefined && ELEMENTWISE.has(op)) return add([x.handle], x.order);
  if (BROADCASTING.has(op) || op === 'BroadcastTo') {
    const order = commonOrder(inputs, shape.length);
    return add(aligned(mover, inputs, order), order);
  }
  if (x !== undefined && REDUCING.has(op)) {
    const axes = (attrs.axes as readonly number[]).map((axis) => x.order.indexOf(axis));
    return add([x.handle], x.order, { ...attrs, axes });
  }
  if (x !== undefined && op === 'Reshape') return reshaped(mover, x, shape);
  const result = add(
    inputs.map((input) => plain(mover, input)),
    rowMajor(shape.length),
  );
  // Small images are moved where they begin: what follows would do so for each of its operands.
  const begins = (op === 'Conv2d' || op === 'Conv2dInputGrad') && isSmall(shape);
  return begins ? placed(arranged(mover, result, BATCH_LAST), shape, BATCH_LAST) : result;
}

/** A convolution that gains, as one over an image of wide pixels. */
function laned(
  builder: OptimisingBuilder,
  mover: Mover<Value>,
  { op, attrs }: Node,
  [a, b]: readonly Placed<Value>[],
): Placed<Value> {
  const g = attrs as unknown as Conv2dGeometry;
  const wide = ([, channels, rows, columns]: readonly number[]): Shape => [
    1,
    channels as number,
    rows as number,
    (columns as number) * g.batch,
  ];
  const image = (x: Placed<Value>): number => mover.reshape(arranged(mover, x, BATCH_LAST), wide(x.shape)).id;
  const filter = (w: Placed<Value>): number => plain(mover, w).id;
  const geometry: LanedGeometry = { ...g, batch: 1, lanes: g.batch };
  const [left, right] = [a as Placed<Value>, b as Placed<Value>];
  const operands = [image(left), op === 'Conv2dFilterGrad' ? image(right) : filter(right)];
  const give = (size: Shape): Value => {
    const id = builder.add(op, operands, { ...geometry } as unknown as Node['attrs'], size);
    return { id, shape: size };
  };
  if (op === 'Conv2dFilterGrad') return placed(give(filterShape(g)), filterShape(g));
  const shape = op === 'Conv2d' ? outputShape(g) : inputShape(g);
  return placed(mover.reshape(give(wide(shape)), inMemory(shape, BATCH_LAST)), shape, BATCH_LAST);
}
