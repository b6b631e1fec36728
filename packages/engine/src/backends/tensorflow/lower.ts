/** A graph as a TensorFlow graph, with the names that a session feeds and fetches. */
import type { Graph, Node } from '../../graph/graph.ts';
import { laidOut, reorder, toRowMajor } from '../../graph/laid-out.ts';
import { type Layout, rowMajor } from '../../graph/layout.ts';
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

/** Lowers a graph, twice: the first time shows in which layout each state tensor's next value is computed, so that it is kept in that layout. */
export function lower(graph: Graph): LoweredGraph {
  return lowerWith(graph, lowerWith(graph, {}).layouts).lowered;
}

type Layouts = Readonly<Record<string, Layout>>;

function lowerWith(graph: Graph, stateLayouts: Layouts): { lowered: LoweredGraph; layouts: Layouts } {
  const e = new Emitter();
  const inputs: Record<string, string> = {};
  const bound: Record<string, string> = {};
  const state: Record<string, { set: string; assigned: string; value: string }> = {};
  const variables: Record<string, { variable: Handle; read: Handle; layout: Layout }> = {};
  const values: Lowered[] = [];

  const parameter = (node: Node): Value => {
    const name = node.attrs.name as string;
    const fed = e.placeholder(node.shape, node.attrs.role === 'bound');
    if (node.attrs.role !== 'state') {
      (node.attrs.role === 'bound' ? bound : inputs)[name] = fed.name;
      return laidOut(fed, node.shape);
    }
    const layout = stateLayouts[name] ?? rowMajor(node.shape.length);
    const value = reorder(e, laidOut(fed, node.shape), layout);
    const variable = e.variable(value.shape);
    const read = e.read(variable);
    variables[name] = { variable, read, layout };
    const current = laidOut(read, node.shape, layout);
    state[name] = {
      set: fed.name,
      assigned: e.done([e.assign(variable, value)]),
      value: e.output(toRowMajor(e, current)),
    };
    return current;
  };

  for (const node of graph.nodes) {
    const sources = node.inputs.map((input) => values[input] as Lowered);
    values.push(node.op === 'Parameter' ? parameter(node) : rows[node.op]({ e, node, inputs: sources }));
  }
  const at = (id: number): Value => values[id] as Value;
  const named = Object.entries(graph.outputs);
  const outputs = Object.fromEntries(named.map(([name, id]) => [name, e.output(toRowMajor(e, at(id)))]));
  const layouts: Record<string, Layout> = {};
  const assigned = Object.entries(graph.state).map(([name, id]) => {
    const next = at(id);
    const { variable, read, layout } = variables[name] as (typeof variables)[string];
    layouts[name] = next.layout;
    return e.assign(variable, reorder(e, next, layout), [read.name]);
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
  return { lowered, layouts };
}
