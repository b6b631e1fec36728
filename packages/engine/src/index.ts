/** Tensor programs: written with tfjs operations, recorded into a graph, compiled, run by an executor. */
export type { ExecutorName, Values } from './backends/executor.ts';
export { defaultThreads } from './backends/threads.ts';
export type { Shape } from './graph/graph.ts';
export { compile, type Program, type ProgramSource } from './program.ts';
export { availableExecutors, EXECUTORS, type ExecutorChoice, whyUnavailable } from './selection/choose.ts';
export { openSession, Session, type SessionOptions } from './session.ts';
