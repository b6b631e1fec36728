/** compile() turns a tensor function into a program. */
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Graph, Shape } from './graph/graph.ts';
import { optimise } from './graph/optimise.ts';
import { graphText } from './graph/text.ts';
import './record/kernels.ts';
import { type Parameters, type ProgramResult, record } from './record/recorder.ts';
import type { Tensor } from './tf.ts';

/** A tensor function and what it takes. All values are float32. */
export interface ProgramSource {
  /** Unique for the function and for every option that changes what it does: programs are cached by name and shapes. */
  name: string;
  /** Fed at each call. */
  inputs?: Readonly<Record<string, Shape>>;
  /** Fixed when a session is opened, and packed there; never part of the cached program. */
  bound?: Readonly<Record<string, Shape>>;
  /** Kept in the session: each call reads it and may return its next value. */
  state?: Readonly<Record<string, Shape>>;
  /** Must be pure and must not read values; called once, with every tensor under its name. */
  fn: (tensors: Record<string, Tensor>) => ProgramResult;
}

/** A compiled tensor function, free of any weights. */
export interface Program {
  readonly name: string;
  readonly parameters: Parameters;
  /** The graph as recorded, which the reference executor runs. */
  readonly recorded: Graph;
  /** The graph after all passes. */
  readonly graph: Graph;
  /** The optimised graph, one line a node. */
  toText(): string;
}

/** More than a process of Leakscope uses at once; the oldest is dropped. */
const MOST_PROGRAMS = 64;
const programs = new Map<string, Program>();

const signature = (shapes: Readonly<Record<string, Shape>>): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name}[${shape}]`)
    .join(',');

/**
 * Records and optimises a program, or returns the cached one of the same name and shapes.
 * @throws ENGINE_VALUE_READ, ENGINE_OP_UNSUPPORTED, ENGINE_SHAPE
 */
export function compile({ name, inputs = {}, bound = {}, state = {}, fn }: ProgramSource): Program {
  const parameters: Parameters = { input: inputs, bound, state };
  const key = [name, signature(inputs), signature(bound), signature(state)].join('|');
  const known = programs.get(key);
  if (known !== undefined) return known;
  const recorded = recordSafely(name, parameters, fn);
  const graph = optimise(recorded);
  const program: Program = { name, parameters, recorded, graph, toText: () => graphText(graph) };
  programs.set(key, program);
  if (programs.size > MOST_PROGRAMS) programs.delete(programs.keys().next().value as string);
  return program;
}

function recordSafely(name: string, parameters: Parameters, fn: ProgramSource['fn']): Graph {
  try {
    return record(name, parameters, fn);
  } catch (cause) {
    const missing =
      cause instanceof Error && !isLeakscopeError(cause)
        ? /Kernel '(\w+)' not registered|gradient function not found for (\w+)/.exec(cause.message)
        : null;
    if (missing === null) throw cause;
    throw new LeakscopeError('ENGINE_OP_UNSUPPORTED', { op: missing[1] ?? missing[2] ?? '', program: name, cause });
  }
}
