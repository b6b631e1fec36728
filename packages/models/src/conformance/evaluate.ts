/** A tensor function run once, recorded and compiled as every program of Leakscope, for the conformance suites. */
import assert from 'node:assert/strict';
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type NamedTensors, valuesByName } from '@leakscope/shared/tensors';

export interface Evaluation {
  /** Unique for what `fn` computes. */
  readonly name: string;
  readonly weights: NamedTensors;
  readonly inputs: NamedTensors;
  readonly fn: (tensors: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;
  /** Default onnx. */
  readonly executor?: ExecutorChoice;
}

/** The outputs of `fn` over weights and inputs by name. */
export async function evaluate(evaluation: Evaluation): Promise<Record<string, Float32Array>> {
  const { name, weights, inputs, fn, executor = 'onnx' } = evaluation;
  const shapes = (tensors: NamedTensors) => Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
  const program = compile({
    name: `conformance/${name}`,
    inputs: shapes(inputs),
    bound: shapes(weights),
    fn: (tensors) => ({ outputs: fn(tensors) }),
  });
  const session = await openSession(program, { bound: valuesByName(weights), executor });
  try {
    return await session.run(valuesByName(inputs));
  } finally {
    await session.release();
  }
}

/** Throws where two outputs differ by more than `tolerance` of the larger one's largest value. */
export function assertNear(actual: Float32Array, expected: Float32Array, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} values in place of ${expected.length}`);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] as number))), 0);
  assert.ok(worst <= tolerance * scale, `${what}: off by ${worst} where the largest value is ${scale}`);
}

/** Throws where a value is not finite. */
export function assertFinite(values: Float32Array, what: string): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  assert.ok(index < 0, `${what}: value ${index} is ${values[index]}`);
}
