/** A graph as a TensorFlow graph: what a session feeds, keeps and fetches. */
import type { Graph, Node } from '../graph/graph.ts';
import { type Order, rowMajor } from '../graph/order.ts';
import { arranged, placed, plain } from '../graph/placed.ts';
import { Emitter, type Handle, type Value } from './emitter.ts';
import type { TfNode } from './proto.ts';
import { type Lowered, rows } from './rows.ts';

/** Node names of what a session feeds and fetches, by the program's names. */
export interface LoweredGraph {
  readonly nodes: readonly TfNode[];
  /** Fed at each call. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Fed once, when `prepared` is fetched. */
  readonly bound: Readonly<Record<string, string>>;
  readonly prepared: string;
  /** For each state tensor: feed `set` and fetch `assigned` to write it, fetch `value` to read it. */
  readonly state: Readonly<Record<string, { set: string; assigned: string; value: string }>>;
  /** Fetched at each call. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Fetched at each call where there is state: it has its next value. */
  readonly stepped: string;
}

/** State tensors lie in the order in which their next value comes out, so that no call moves them: found by lowering once before. */
export function lower(graph: Graph): LoweredGraph {
  return lowerWith(graph, lowerWith(graph, {}).orders).lowered;
}

type Orders = Readonly<Record<string, Order>>;

function lowerWith(graph: Graph, stateOrders: Orders): { lowered: LoweredGraph; orders: Orders } {
  const e = new Emitter();
  const inputs: Record<string, string> = {};
  const bound: Record<string, string> = {};
  const state: Record<string, { set: string; assigned: string; value: string }> = {};
  const variables: Record<string, { variable: Handle; read: Handle; order: Order }> = {};
  const values: Lowered[] = [];

  const parameter = (node: Node): Value => {
    const name = node.attrs.name as string;
    const fed = e.placeholder(node.shape, node.attrs.role === 'bound');
    if (node.attrs.role !== 'state') {
      (node.attrs.role === 'bound' ? bound : inputs)[name] = fed.name;
      return placed(fed, node.shape);
    }
    const order = stateOrders[name] ?? rowMajor(node.shape.length);
    const value = arranged(e, placed(fed, node.shape), order);
    const variable = e.variable(value.shape);
    const read = e.read(variable);
    variables[name] = { variable, read, order };
    const current = placed(read, node.shape, order);
    state[name] = {
      set: fed.name,
      assigned: e.done([e.assign(variable, value)]),
      value: e.output(plain(e, current)),
    };
    return current;
  };

  for (const node of graph.nodes) {
    const sources = node.inputs.map((input) => values[input] as Lowered);
    values.push(node.op === 'Parameter' ? parameter(node) : rows[node.op]({ e, node, inputs: sources }));
  }
  const at = (id: number): Value => values[id] as Value;
  const named = Object.entries(graph.outputs);
  const outputs = Object.fromEntries(named.map(([name, id]) => [name, e.output(plain(e, at(id)))]));
  const orders: Record<string, Order> = {};
  const assigned = Object.entries(graph.state).map(([name, id]) => {
    const next = at(id);
    const { variable, read, order } = variables[name] as (typeof variables)[string];
    orders[name] = next.order;
    return e.assign(variable, arranged(e, next, order), [read.name]);
  });
  const lowered = {
    inputs,
    bound,
    prepared: e.done(e.prepared),
    state,
    outputs,
    stepped: e.done(assigned),
    nodes: e.nodes,
  };
  return { lowered, orders };
}
