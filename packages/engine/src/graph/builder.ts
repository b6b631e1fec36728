/** Appends nodes to a graph; the optimising builder rewrites each by the rules of `rules/` and shares equal ones. */
import type { Attributes, DType, Node, Op, Shape } from './graph.ts';
import { nodeAt, sizeOf } from './graph.ts';

/** Where rewriting rules read and add nodes. */
export interface Builder {
  readonly nodes: readonly Node[];
  add(op: Op, inputs: readonly number[], attrs: Attributes, shape: Shape, dtype?: DType): number;
}

/** Adds nodes exactly as asked: what recording writes, and what the reference executor runs. */
export class PlainBuilder implements Builder {
  readonly nodes: Node[] = [];

  add(op: Op, inputs: readonly number[], attrs: Attributes, shape: Shape, dtype: DType = 'float32'): number {
    this.nodes.push({ op, inputs, attrs, shape, dtype });
    return this.nodes.length - 1;
  }
}

/** A rule looks at the node that is about to be added and may return another node's index instead. */
export type Rule = (node: Node, builder: Builder) => number | undefined;

/** Tries each rule on a new node, then looks for an equal node before adding it (hash consing). */
export class OptimisingBuilder implements Builder {
  readonly nodes: Node[] = [];
  readonly #rules: Partial<Record<Op, readonly Rule[]>>;
  readonly #known = new Map<string, number>();

  constructor(rules: Partial<Record<Op, readonly Rule[]>>) {
    this.#rules = rules;
  }

  add(op: Op, inputs: readonly number[], attrs: Attributes, shape: Shape, dtype: DType = 'float32'): number {
    const node: Node = { op, inputs, attrs, shape, dtype };
    for (const rule of this.#rules[op] ?? []) {
      const replaced = rule(node, this);
      if (replaced !== undefined) return replaced;
    }
    const key = keyOf(node);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.nodes.push(node);
    this.#known.set(key, this.nodes.length - 1);
    return this.nodes.length - 1;
  }
}

const COMMUTATIVE: ReadonlySet<Op> = new Set<Op>(['Add', 'Multiply', 'Maximum', 'Minimum', 'Equal', 'NotEqual']);

function keyOf(node: Node): string {
  const inputs = COMMUTATIVE.has(node.op) ? [...node.inputs].sort((a, b) => a - b) : node.inputs;
  const attrs = Object.keys(node.attrs)
    .sort()
    .map((name) => `${name}=${keyOfValue(node.attrs[name])}`);
  return `${node.op}(${inputs})[${node.shape}]${node.dtype}{${attrs.join(';')}}`;
}

const keyOfValue = (value: Attributes[string] | undefined): string =>
  ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
    : `${value}`;

/** The value that fills a node, if it is a Fill. */
export function fillOf(builder: Builder, id: number): number | undefined {
  const node = nodeAt(builder.nodes, id);
  return node.op === 'Fill' ? (node.attrs.value as number) : undefined;
}

/** Adds a tensor filled with one value. */
export const fill = (builder: Builder, value: number, shape: Shape, dtype: DType = 'float32'): number =>
  builder.add('Fill', [], { value }, shape, dtype);

/** Adds a view of `id` in another shape, or returns it when it has that shape. */
export function reshape(builder: Builder, id: number, shape: Shape): number {
  const node = nodeAt(builder.nodes, id);
  if (sizeOf(node.shape) !== sizeOf(shape)) throw new RangeError(`cannot view [${node.shape}] as [${shape}]`);
  return builder.add('Reshape', [id], {}, shape, node.dtype);
}
