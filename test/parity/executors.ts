/** Runs a tensor function once, compiled, on an executor. */
import { compile, EXECUTORS, type ExecutorName, openSession, type ProgramSource } from '@leakscope/engine';
import { isImitated, whyUntested } from '@leakscope/engine/conformance';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { describe, test } from 'vitest';

/** Tensors by name, to be bound. */
export type Bindings = Readonly<Record<string, Tensor>>;

/** Whether the cases run that take the eager executor, which is pure JavaScript, or a GPU in software: a minute or more each. */
const FULL = process.env.LEAKSCOPE_PARITY_FULL === '1';

/** One suite for each executor; those that this machine lacks are skipped by name, with the reason. */
export function describeEach(what: string, suite: (executor: ExecutorName) => void): void {
  for (const executor of EXECUTORS) {
    const missing = whyUntested(executor);
    if (missing === undefined) describe(`${what} on ${executor}`, () => suite(executor));
    else test.skip(`${what} on ${executor}: ${missing}`);
  }
}

/** The same for heavy cases, which leave out the eager executor and GPUs that software imitates. */
export function describeHeavy(what: string, suite: (executor: ExecutorName) => void): void {
  describeEach(what, (executor) => {
    if (FULL || (executor !== 'eager' && !isImitated(executor))) suite(executor);
    else test.skip('takes minutes in pure JavaScript, or on a GPU in software; pnpm test:parity-full runs it');
  });
}

/** Binds `tensors` and runs `fn` once. */
export async function run(
  executor: ExecutorName,
  name: string,
  tensors: Bindings,
  fn: (tensors: Parameters<ProgramSource['fn']>[0]) => ReturnType<ProgramSource['fn']>['outputs'],
): Promise<Record<string, Float32Array>> {
  const entries = Object.entries(tensors);
  const program = compile({
    name: `parity/${name}`,
    bound: Object.fromEntries(entries.map(([key, { shape }]) => [key, shape])),
    fn: (values) => ({ outputs: fn(values) }),
  });
  const session = await openSession(program, {
    bound: Object.fromEntries(entries.map(([key, { data }]) => [key, data])),
    executor,
  });
  try {
    return await session.run();
  } finally {
    await session.release();
  }
}

/** `tensors` under a prefix, to bind several sets side by side. */
export function prefixed(prefix: string, tensors: NamedTensors): Bindings {
  return Object.fromEntries([...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

/** The tensors of one prefix, without it. */
export function under<T>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
