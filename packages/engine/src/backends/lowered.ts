/** Lowers a program once, however many sessions open it. */
import type { Graph } from '../graph/graph.ts';
import type { Program } from '../program.ts';

/** `lower` with a cache whose entries live as long as their programs. A lowered graph holds no bound tensors. */
export function loweredOnce<T extends object>(lower: (graph: Graph) => T): (program: Program) => T {
  const known = new WeakMap<Program, T>();
  return (program) => {
    const lowered = known.get(program) ?? lower(program.graph);
    known.set(program, lowered);
    return lowered;
  };
}
