/** The optimised graph as one TensorFlow session, on a CPU through oneDNN or on a GPU; each call blocks its thread. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Shape } from '../../graph/graph.ts';
import type { Program } from '../../program.ts';
import type { Executor, ExecutorSession, OpenOptions, Values } from '../executor.ts';
import { loweredOnce } from '../lowered.ts';
import { loadBinding } from './addon.ts';
import { type LoweredGraph, lower } from './lower.ts';
import { type Feed, Model } from './model.ts';

const loweredGraph = loweredOnce(lower);

/** Values under the nodes that take them. */
function feeds(
  values: Values,
  nodes: Readonly<Record<string, string>>,
  shapes: Readonly<Record<string, Shape>>,
): Feed[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    const data = values[name];
    return data === undefined ? [] : [{ node, shape: shapes[name] ?? [], values: data }];
  });
}

class TensorflowSession implements ExecutorSession {
  readonly #model: Model;
  readonly #graph: LoweredGraph;
  readonly #program: Program;

  constructor(model: Model, graph: LoweredGraph, program: Program) {
    this.#model = model;
    this.#graph = graph;
    this.#program = program;
  }

  async run(inputs: Values): Promise<Record<string, Float32Array>> {
    // Between two calls messages are read and timers run: a client that trains answers its server's pings.
    await nextTurn();
    const { outputs, stepped, inputs: nodes } = this.#graph;
    const names = Object.keys(outputs);
    const fed = feeds(inputs, nodes, this.#program.parameters.input);
    const results = this.#model.run(fed, [...Object.values(outputs), stepped]);
    return Object.fromEntries(names.map((name, i) => [name, results[i] as Float32Array]));
  }

  async readState(): Promise<Record<string, Float32Array>> {
    const state = Object.entries(this.#graph.state);
    const values = this.#model.run(
      [],
      state.map(([, { value }]) => value),
    );
    return Object.fromEntries(state.map(([name], i) => [name, values[i] as Float32Array]));
  }

  async writeState(values: Values): Promise<void> {
    const written = Object.entries(this.#graph.state).filter(([name]) => name in values);
    const nodes = Object.fromEntries(written.map(([name, { set }]) => [name, set]));
    if (written.length === 0) return;
    this.#model.run(
      feeds(values, nodes, this.#program.parameters.state),
      written.map(([, { assigned }]) => assigned),
    );
  }

  /** Stores bound tensors and what follows from them alone. */
  bind(values: Values): void {
    this.#model.run(feeds(values, this.#graph.bound, this.#program.parameters.bound), [this.#graph.prepared]);
  }

  async release(): Promise<void> {
    this.#model.release();
  }
}

async function open(
  program: Program,
  bound: Values,
  state: Values,
  { threads }: OpenOptions,
): Promise<ExecutorSession> {
  const binding = loadBinding(threads);
  const graph = loweredGraph(program);
  const model = new Model(binding, program.name, graph.nodes);
  try {
    const session = new TensorflowSession(model, graph, program);
    session.bind(bound);
    await session.writeState(state);
    return session;
  } catch (error) {
    model.release();
    throw error;
  }
}

export const tensorflow: Executor = { name: 'tensorflow', open };
