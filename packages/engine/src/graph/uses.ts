/** How often the values of a graph are read. */
import type { Graph } from './graph.ts';

/** For each node, by how many operands, outputs and next states. */
export function usesOf({ nodes, outputs, state }: Graph): readonly number[] {
  const uses = nodes.map(() => 0);
  const use = (id: number): void => {
    uses[id] = (uses[id] as number) + 1;
  };
  for (const { inputs } of nodes) inputs.forEach(use);
  for (const named of [outputs, state]) Object.values(named).forEach(use);
  return uses;
}
