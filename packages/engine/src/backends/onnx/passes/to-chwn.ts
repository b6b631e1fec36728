/**
 * The pass that brings training on small images into the layout CHWN (`../chwn.ts`).
 *
 * In CHWN one matrix product with long rows computes a convolution for the whole batch. In NCHW, ONNX Runtime unfolds and
 * multiplies each example's few pixels separately, and reads all weights again for each. CHWN takes 0.7 of the time at 8x8 and 4x4.
 */
import { OptimisingBuilder, reshape } from '../../../graph/builder.ts';
import { fixedNodes } from '../../../graph/fixed.ts';
import { BINARY, type Graph, type Node, nodeAt, type Op, type Shape, UNARY } from '../../../graph/graph.ts';
import {
  alignLayouts,
  commonLayout,
  type LaidOut,
  type LayoutOps,
  laidOut,
  reorder,
  reshaped,
  toRowMajor,
} from '../../../graph/laid-out.ts';
import { type Layout, physicalShape, rowMajor } from '../../../graph/layout.ts';
import { simplifications } from '../../../graph/rules/rules.ts';
import { CONVOLUTIONS, type Conv2dGeometry, filterShape, inputShape, outputShape } from '../../../kernels/conv2d.ts';
import { areSmallMaps, type ChwnGeometry } from '../chwn.ts';

/** The axes of [N, C, H, W] in memory, outermost first. */
const CHWN: Layout = [1, 2, 3, 0];

/** With fewer examples, rows are no longer than an image's own. */
const SMALLEST_BATCH = 8;
/** Images whose rows are longer gain nothing: measured at 16 (worth it) and 32 (not). */
const WIDEST = 16;

const BROADCASTING: ReadonlySet<Op> = new Set<Op>([...BINARY, 'Select']);
const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>([...UNARY, 'Cast']);
const REDUCING: ReadonlySet<Op> = new Set<Op>(['Sum', 'Max', 'Min']);

/** Whether a tensor is a batch of images for which CHWN pays. */
const isSmall = ([batch = 0, , , columns = 0]: Shape): boolean => batch >= SMALLEST_BATCH && columns <= WIDEST;

/** Whether CHWN pays for a convolution. A strided one must become a product: its output's pixels are not its input's in the same order. */
function gains({ op, attrs }: Node): boolean {
  if (!CONVOLUTIONS.has(op)) return false;
  const g = attrs as unknown as Conv2dGeometry;
  const eligible = g.groups === 1 && (g.stride === 1 || areSmallMaps(g));
  return eligible && isSmall(inputShape(g)) && isSmall(outputShape(g));
}

/** Whether the weights of some convolution that gains change from call to call. Constant weights are packed, which is faster still. */
function trains(graph: Graph): boolean {
  const fixed = fixedNodes(graph);
  return graph.nodes.some((node) => node.op === 'Conv2d' && gains(node) && !fixed[node.inputs[1] as number]);
}

interface Value {
  readonly id: number;
  readonly shape: Shape;
}

/** An equal graph in which the convolutions that gain, and what lies between them, are in CHWN; the graph itself where none gains. */
export function toChwn(graph: Graph): Graph {
  if (!trains(graph)) return graph;
  const builder = new OptimisingBuilder(simplifications);
  const mover: LayoutOps<Value> = {
    reshape: ({ id }, shape) => ({ id: reshape(builder, id, shape), shape }),
    transpose({ id, shape }, perm) {
      const to = physicalShape(shape, perm);
      return { id: builder.add('Transpose', [id], { perm }, to, nodeAt(builder.nodes, id).dtype), shape: to };
    },
  };
  const values: LaidOut<Value>[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values[id] as LaidOut<Value>);
    values.push(gains(node) ? convInChwn(builder, mover, node, inputs) : moved(builder, mover, node, inputs));
  }
  const exposed = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(named).map(([name, id]) => [name, toRowMajor(mover, values[id] as LaidOut<Value>).id]),
    );
  const [outputs, state] = [exposed(graph.outputs), exposed(graph.state)];
  return { nodes: builder.nodes, outputs, state };
}

/** The node over values in their present layout where the operation allows any; else in row-major order. */
function moved(
  builder: OptimisingBuilder,
  mover: LayoutOps<Value>,
  node: Node,
  inputs: readonly LaidOut<Value>[],
): LaidOut<Value> {
  const { op, attrs, shape, dtype } = node;
  const [x] = inputs;
  const add = (operands: readonly Value[], layout: Layout, changed = attrs): LaidOut<Value> => {
    const size = physicalShape(shape, layout);
    const ids = operands.map(({ id }) => id);
    return laidOut({ id: builder.add(op, ids, changed, size, dtype), shape: size }, shape, layout);
  };
  if (x !== undefined && ELEMENTWISE.has(op)) return add([x.handle], x.layout);
  if (BROADCASTING.has(op) || op === 'BroadcastTo') {
    const layout = commonLayout(inputs, shape.length);
    return add(alignLayouts(mover, inputs, layout), layout);
  }
  if (x !== undefined && REDUCING.has(op)) {
    const axes = (attrs.axes as readonly number[]).map((axis) => x.layout.indexOf(axis));
    return add([x.handle], x.layout, { ...attrs, axes });
  }
  if (x !== undefined && op === 'Reshape') return reshaped(mover, x, shape);
  const result = add(
    inputs.map((input) => toRowMajor(mover, input)),
    rowMajor(shape.length),
  );
  // Small images are reordered where they are made: otherwise each operation that reads them would do it again.
  const begins = (op === 'Conv2d' || op === 'Conv2dInputGrad') && isSmall(shape);
  return begins ? laidOut(reorder(mover, result, CHWN), shape, CHWN) : result;
}

/** A convolution that gains, over one image whose pixels are a batch wide. */
function convInChwn(
  builder: OptimisingBuilder,
  mover: LayoutOps<Value>,
  { op, attrs }: Node,
  [a, b]: readonly LaidOut<Value>[],
): LaidOut<Value> {
  const g = attrs as unknown as Conv2dGeometry;
  const wide = ([, channels, rows, columns]: readonly number[]): Shape => [
    1,
    channels as number,
    rows as number,
    (columns as number) * g.batch,
  ];
  const image = (x: LaidOut<Value>): number => mover.reshape(reorder(mover, x, CHWN), wide(x.shape)).id;
  const filter = (w: LaidOut<Value>): number => toRowMajor(mover, w).id;
  const geometry: ChwnGeometry = { ...g, batch: 1, innerBatch: g.batch };
  const [left, right] = [a as LaidOut<Value>, b as LaidOut<Value>];
  const operands = [image(left), op === 'Conv2dFilterGrad' ? image(right) : filter(right)];
  const give = (size: Shape): Value => {
    const id = builder.add(op, operands, { ...geometry } as unknown as Node['attrs'], size);
    return { id, shape: size };
  };
  if (op === 'Conv2dFilterGrad') return laidOut(give(filterShape(g)), filterShape(g));
  const shape = op === 'Conv2d' ? outputShape(g) : inputShape(g);
  return laidOut(mover.reshape(give(wide(shape)), physicalShape(shape, CHWN)), shape, CHWN);
}
