/** The typed graph of a tensor program: what recording produces, passes rewrite and executors run. */

export type DType = 'float32' | 'int32' | 'bool';
export type Shape = readonly number[];

/** How a tensor enters a program: `input` with each call, `bound` when a session is opened, `state` is kept between calls. */
export type Role = 'input' | 'bound' | 'state';

export type AttributeValue = number | boolean | string | readonly number[] | Float32Array | Int32Array;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Operations of a graph. Each has a row where it is recorded (`record/kernels.ts`), in the reference (`backends/eager/reference.ts`) and
 * in the lowering of every other backend. A missing row is a type error.
 */
export type Op =
  | 'Parameter' // attrs: name, role
  | 'Const' // attrs: values
  | 'Fill' // attrs: value
  | UnaryOp
  | BinaryOp
  | 'Cast' // to `dtype`
  | 'Select' // condition, then, else
  | 'Sum' // attrs: axes; kept as size 1
  | 'Max'
  | 'Min'
  | 'ArgMax' // attrs: axis
  | 'ArgMin'
  | 'Softmax' // last axis
  | 'Reshape'
  | 'BroadcastTo'
  | 'Transpose' // attrs: perm
  | 'Slice' // attrs: begin
  | 'Pad' // attrs: before, after, value
  | 'Concat' // attrs: axis
  | 'Tile' // attrs: reps
  | 'Reverse' // attrs: axes
  | 'MatMul' // attrs: transposeA, transposeB; batch axes broadcast
  | 'Conv2d' // attrs: Conv2dGeometry
  | 'Conv2dInputGrad'
  | 'Conv2dFilterGrad'
  | 'MaxPool2d' // attrs: PoolGeometry
  | 'MaxPool2dPositions'
  | 'TakeAt'
  | 'PutAt';

export const UNARY = [
  'Abs',
  'Ceil',
  'Cos',
  'Elu',
  'Erf',
  'Exp',
  'Expm1',
  'Floor',
  'LeakyRelu', // attrs: alpha
  'Log',
  'Log1p',
  'LogicalNot',
  'Neg',
  'Reciprocal',
  'Relu',
  'Round',
  'Rsqrt',
  'Sigmoid',
  'Sign',
  'Sin',
  'Softplus',
  'Sqrt',
  'Square',
  'Step', // attrs: alpha
  'Tanh',
] as const;
export type UnaryOp = (typeof UNARY)[number];

/** Binary operations whose result is a truth value. */
export const COMPARISONS = [
  'Equal',
  'NotEqual',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
] as const;

export const BINARY = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow', ...COMPARISONS] as const;
export type BinaryOp = (typeof BINARY)[number];

/** One value: an operation applied to earlier values of the same graph. */
export interface Node {
  readonly op: Op;
  /** Indices of earlier nodes. */
  readonly inputs: readonly number[];
  readonly attrs: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Nodes in topological order, and the names of those that leave the graph. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, number>>;
  /** Next values of the state, by the state's name. */
  readonly state: Readonly<Record<string, number>>;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

/** Node `id` of a graph. */
export function nodeAt(nodes: readonly Node[], id: number): Node {
  const node = nodes[id];
  if (node === undefined) throw new RangeError(`node %${id} of ${nodes.length}`);
  return node;
}
