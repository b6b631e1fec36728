import * as ort from 'onnxruntime-node';
import { describe, expect, it, test } from 'vitest';
import { compile, openSession } from '../../../index.ts';
import { convTranspose2d } from '../../../ops/index.ts';
import * as tf from '../../../tf.ts';
import { encodeModel } from '../format.ts';
import { Emitter } from '../lower/emitter.ts';
import type { LoweredGraph } from '../lower/lower.ts';
import { foldConstants } from './fold.ts';
import { materialise } from './materialise.ts';

const folded = (...graph: Parameters<typeof foldConstants>) => materialise(foldConstants(...graph));

const numbers = (length: number, salt = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.fround(0.2 + ((i * 37 + salt * 11) % 97) / 50));

/** Tensors that are bound, and what is made of them. */
interface FoldCase {
  readonly name: string;
  readonly bound: Readonly<Record<string, readonly number[]>>;
  emit(e: Emitter): string;
}

const cases: readonly FoldCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].map((type) => ({
    name: `${type}, broadcast both ways`,
    bound: { a: [2, 1, 3], b: [4, 1] },
    emit: (e: Emitter) => e.emit(type, ['a', 'b']),
  })),
  ...['Neg', 'Sqrt', 'Reciprocal'].map((type) => ({
    name: type,
    bound: { a: [3, 5] },
    emit: (e: Emitter) => e.emit(type, ['a']),
  })),
  { name: 'Concat', bound: { a: [2, 3, 2], b: [2, 1, 2] }, emit: (e) => e.emit('Concat', ['a', 'b'], { axis: 1 }) },
  { name: 'Expand', bound: { a: [3, 1] }, emit: (e) => e.emit('Expand', ['a', e.ints([2, 1, 4])]) },
  { name: 'Reshape', bound: { a: [4, 6] }, emit: (e) => e.reshape('a', [3, -1]) },
  {
    name: 'Reshape of what was exchanged',
    bound: { a: [4, 6] },
    emit: (e) => e.reshape(e.transpose('a', [1, 0]), [8, 3]),
  },
  { name: 'Transpose in tiles', bound: { a: [35, 41, 3] }, emit: (e) => e.transpose('a', [1, 0, 2]) },
  { name: 'Transpose of five axes', bound: { a: [2, 3, 4, 5, 2] }, emit: (e) => e.transpose('a', [3, 0, 4, 2, 1]) },
  { name: 'Slice by steps', bound: { a: [7, 9] }, emit: (e) => e.slice('a', [0, 1], [1, 8], [7, -(2 ** 31)], [2, -3]) },
  { name: 'Slice beyond the end', bound: { a: [4] }, emit: (e) => e.slice('a', [0], [-2], [2 ** 31]) },
  {
    name: 'filters turned, exchanged and negated',
    bound: { a: [20, 18, 3, 3] },
    emit: (e) => e.emit('Neg', [e.transpose(e.reverse('a', [2, 3]), [1, 0, 2, 3])]),
  },
  {
    name: 'ReduceSum over inner axes',
    bound: { a: [3, 4, 5] },
    emit: (e) => e.emit('ReduceSum', ['a', e.ints([2])], { keepdims: 1 }),
  },
  {
    name: 'rows scaled, from either side',
    bound: { a: [3, 4, 5], s: [4, 1, 1], t: [4, 3, 1] },
    emit: (e) => e.emit('Mul', ['t', e.emit('Mul', [e.emit('Neg', [e.transpose('a', [1, 0, 2])]), 's'])]),
  },
  { name: 'squares', bound: { a: [3, 5] }, emit: (e) => e.emit('Mul', ['a', 'a']) },
  {
    name: 'squares of squares, negated',
    bound: { a: [3, 5] },
    emit: (e) => {
      const squares = e.emit('Mul', ['a', 'a']);
      return e.emit('Neg', [e.emit('Mul', [squares, squares])]);
    },
  },
  {
    name: 'ReduceSum of negated squares',
    bound: { a: [6, 5] },
    emit: (e) => {
      const negated = e.emit('Neg', ['a']);
      const squares = e.reshape(e.emit('Mul', [negated, negated]), [3, 10]);
      return e.emit('ReduceSum', [e.emit('Neg', [squares]), e.ints([1])], { keepdims: 0 });
    },
  },
  {
    name: 'ReduceSum over outer axes',
    bound: { a: [3, 4, 5] },
    emit: (e) => e.emit('ReduceSum', ['a', e.ints([0, 1])], { keepdims: 0 }),
  },
];

/** The case's graph, its result as the one output. */
function graphOf({ bound, emit }: FoldCase): LoweredGraph {
  const e = new Emitter('cpu');
  const result = emit(e);
  e.nodes.push({ type: 'Identity', inputs: [result], outputs: ['out'], attributes: {} });
  return {
    nodes: e.nodes,
    initialisers: e.initialisers,
    inputs: [],
    bound: Object.entries(bound).map(([name, dims]) => ({ name, type: 'float32', dims })),
    outputs: [{ name: 'out', type: 'float32', dims: [] }],
  };
}

const valuesOf = ({ bound }: FoldCase): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(bound).map(([name, dims], i) => [
      name,
      numbers(
        dims.reduce((size, n) => size * n, 1),
        i,
      ),
    ]),
  );

describe('what is the same in every call', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s: as ONNX Runtime computes it', async (_, each) => {
    const graph = graphOf(each);
    const bound = valuesOf(each);
    const { nodes, initialisers } = folded(graph, bound);
    expect(nodes.map(({ type }) => type)).toEqual(['Identity']);
    const [got] = initialisers.filter(({ name }) => name === nodes[0]?.inputs[0]);
    const { model, externalData } = encodeModel({
      ...graph,
      name: 'case',
      inputs: graph.bound,
      outputs: [{ name: 'out', type: 'float32' }],
    });
    const session = await ort.InferenceSession.create(model, { externalData, logSeverityLevel: 3 });
    const feeds = graph.bound.map(({ name, dims }) => [
      name,
      new ort.Tensor('float32', bound[name] as Float32Array, [...(dims ?? [])]),
    ]);
    const { out } = (await session.run(Object.fromEntries(feeds))) as { out: ort.Tensor };
    expect(got?.dims).toEqual(out.dims);
    const values = new Float32Array(got?.bytes.slice().buffer as ArrayBuffer);
    for (const [i, want] of (out.data as Float32Array).entries()) expect(values[i]).toBeCloseTo(want, 5);
    await session.release();
  });

  test('what has no row is left to ONNX Runtime, with what it reads', () => {
    const graph = graphOf({ name: '', bound: { a: [2, 2] }, emit: (e) => e.emit('Exp', [e.emit('Neg', ['a'])]) });
    const { nodes, initialisers } = folded(graph, { a: Float32Array.of(1, 2, 3, 4) });
    expect(nodes.map(({ type }) => type)).toEqual(['Exp', 'Identity']);
    expect(initialisers.map(({ name }) => name)).toEqual([nodes[0]?.inputs[0]]);
  });

  test('what was released is written over, what was not is left alone', () => {
    const graph = graphOf({ name: '', bound: { a: [3] }, emit: (e) => e.emit('Neg', ['a']) });
    const negated = (a: number) => folded(graph, { a: Float32Array.of(a, a, a) });
    const [first, second] = [negated(1), negated(2)];
    const read = ({ initialisers }: typeof first) =>
      new Float32Array(initialisers[0]?.bytes.slice().buffer as ArrayBuffer);
    expect([...read(first), ...read(second)]).toEqual([-1, -1, -1, -2, -2, -2]);
    first.release();
    const third = negated(3);
    expect(third.initialisers[0]?.bytes.buffer).toBe(first.initialisers[0]?.bytes.buffer);
    expect([...read(third), ...read(second)]).toEqual([-3, -3, -3, -2, -2, -2]);
  });

  test('a session has copies: another may be opened in the same memory', async () => {
    const program = compile({
      name: 'fold/session',
      inputs: { dy: [1, 20, 8, 8] },
      bound: { w: [20, 18, 3, 3], scale: [1, 20, 1, 1] },
      fn: ({ dy, w, scale }) => ({
        outputs: {
          dx: convTranspose2d(dy as tf.Tensor, w as tf.Tensor, { padding: 1 }),
          y: tf.mul(dy as tf.Tensor, scale as tf.Tensor),
        },
      }),
    });
    const bound = { w: numbers(20 * 18 * 9), scale: numbers(20) };
    const inputs = { dy: numbers(20 * 64, 3) };
    const [session, reference] = await Promise.all([
      openSession(program, { bound, executor: 'onnx' }),
      openSession(program, { bound, executor: 'eager' }),
    ]);
    const want = await reference.run(inputs);
    // Another session's weights lie where this one's lay.
    const nothing = { w: bound.w.map(() => Number.NaN), scale: bound.scale };
    const other = await openSession(program, { bound: nothing, executor: 'onnx' });
    for (const [name, values] of Object.entries(await session.run(inputs))) {
      for (const [i, value] of values.entries()) {
        const expected = want[name]?.[i] as number;
        expect(Math.abs(value - expected)).toBeLessThan(1e-4 * Math.abs(expected) + 1e-3);
      }
    }
    await other.release();
    await session.release();
    await reference.release();
  });
});
