/** Tensor programs: written with tfjs operations, recorded into a graph, compiled, run by an executor. */
export { availableExecutors, EXECUTORS, type ExecutorChoice, whyUnavailable } from './executors/choose.ts';
export type { ExecutorName, Values } from './executors/executor.ts';
export type { Shape } from './graph/graph.ts';
export {
  compile,
  openSession,
  type Program,
  type ProgramSource,
  Session,
  type SessionOptions,
} from './program.ts';
