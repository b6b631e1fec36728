/** The reference executor: the graph as recorded, no pass applied, operation by operation on tfjs' cpu backend. */
import type { Graph } from '../../graph/graph.ts';
import type { Program } from '../../program.ts';
import * as tf from '../../tf.ts';
import type { Executor, ExecutorSession, Values } from '../executor.ts';
import { evaluate } from './reference.ts';

class EagerSession implements ExecutorSession {
  readonly #graph: Graph;
  readonly #bound: Values;
  #state: Record<string, Float32Array>;

  constructor(program: Program, bound: Values, state: Values) {
    this.#graph = program.recorded;
    this.#bound = copyOf(bound);
    this.#state = copyOf(state);
  }

  async run(inputs: Values): Promise<Record<string, Float32Array>> {
    const known: Values = { ...this.#bound, ...this.#state, ...inputs };
    const { outputs, state } = runGraph(this.#graph, known);
    this.#state = { ...this.#state, ...state };
    return outputs;
  }

  async readState(): Promise<Record<string, Float32Array>> {
    return copyOf(this.#state);
  }

  async writeState(values: Values): Promise<void> {
    this.#state = { ...this.#state, ...copyOf(values) };
  }

  async release(): Promise<void> {}
}

const copyOf = (values: Values): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(values).map(([name, data]) => [name, Float32Array.from(data)]));

function runGraph(
  graph: Graph,
  known: Values,
): { outputs: Record<string, Float32Array>; state: Record<string, Float32Array> } {
  const lastUse = new Map<number, number>();
  graph.nodes.forEach((node, id) => {
    for (const input of node.inputs) lastUse.set(input, id);
  });
  const kept = new Set([...Object.values(graph.outputs), ...Object.values(graph.state)]);
  const values: tf.Tensor[] = [];
  // Handles are disposed by hand after their last use, so that a deep network does not keep every activation.
  graph.nodes.forEach((node, id) => {
    if (node.op === 'Parameter') {
      values.push(tf.tensor(known[node.attrs.name as string] as Float32Array, [...node.shape]));
    } else {
      const inputs = node.inputs.map((input) => values[input] as tf.Tensor);
      values.push(tf.tidy(() => evaluate(node, inputs)));
    }
    for (const input of new Set(node.inputs)) {
      if (lastUse.get(input) === id && !kept.has(input)) (values[input] as tf.Tensor).dispose();
    }
    if (!lastUse.has(id) && !kept.has(id)) (values[id] as tf.Tensor).dispose();
  });
  const read = (named: Readonly<Record<string, number>>): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(named).map(([name, id]) => [name, Float32Array.from((values[id] as tf.Tensor).dataSync())]),
    );
  const result = { outputs: read(graph.outputs), state: read(graph.state) };
  for (const id of kept) {
    const tensor = values[id] as tf.Tensor;
    if (!tensor.isDisposed) tensor.dispose();
  }
  return result;
}

export const eager: Executor = {
  name: 'eager',
  open: async (program, bound, state) => new EagerSession(program, bound, state),
};
