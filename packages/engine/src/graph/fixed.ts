/** Which values of a graph are the same in every call of a session. */
import type { Graph } from './graph.ts';

/** For each node, whether it depends on bound tensors and constants alone. */
export function fixedNodes({ nodes }: Graph): readonly boolean[] {
  const fixed: boolean[] = [];
  for (const { op, inputs, attrs } of nodes) {
    fixed.push(op === 'Parameter' ? attrs.role === 'bound' : inputs.every((id) => fixed[id]));
  }
  return fixed;
}
