/** Orders of axes, held against tensors whose values are their own row-major positions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Shape, sizeOf } from './graph.ts';
import { type Layout, permutation, physicalShape, rowMajor, sameMemory, viewLayout } from './layout.ts';

/** Row-major positions of a tensor's elements, as they follow each other in memory. */
function memory(shape: Shape, layout: Layout): number[] {
  const lengths = physicalShape(shape, layout);
  return Array.from({ length: sizeOf(shape) }, (_, at) => {
    const index: number[] = [];
    let rest = at;
    for (let place = lengths.length - 1; place >= 0; place--) {
      index[layout[place] as number] = rest % (lengths[place] as number);
      rest = Math.floor(rest / (lengths[place] as number));
    }
    return shape.reduce((flat, size, axis) => flat * size + (index[axis] as number), 0);
  });
}

/** A shape with an order of its axes, and another shape of as many elements. */
const reshapes = fc
  .array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 5 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      layout: fc.shuffledSubarray(rowMajor(shape.length) as number[], { minLength: shape.length }),
      joins: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    }),
  )
  .map(({ shape, layout, joins }) => {
    const to: number[] = [];
    shape.forEach((size, axis) => {
      if (joins[axis] && to.length > 0) to.push((to.pop() as number) * size);
      else to.push(size);
    });
    return { shape, layout, to };
  });

describe('viewLayout', () => {
  it('gives an order under which the same memory is the reshaped tensor, merging and splitting', () => {
    let views = 0;
    fc.assert(
      fc.property(reshapes, fc.boolean(), ({ shape, layout, to }, split) => {
        const [from, target] = split ? [to, shape] : [shape, to];
        const start = split ? rowMajor(to.length) : layout;
        const view = viewLayout(from, start, target);
        if (view === undefined) return;
        views++;
        expect([...view].sort()).toEqual(rowMajor(target.length));
        expect(memory(target, view)).toEqual(memory(from, start));
      }),
    );
    expect(views).toBeGreaterThan(20);
  });

  it.each<[string, Shape, Layout, Shape, Layout | undefined]>([
    ['pixels of channels-last images merge', [2, 3, 4, 5], [0, 2, 3, 1], [2, 3, 20], [0, 2, 1]],
    ['their channels and rows do not', [2, 3, 4, 5], [0, 2, 3, 1], [2, 12, 5], undefined],
    ['a vector per channel is one in any order', [1, 3, 1, 1], [0, 2, 3, 1], [3], [0]],
    ['channels split where they lie', [2, 6, 4], [0, 2, 1], [2, 2, 3, 4], [0, 3, 1, 2]],
    ['a row-major tensor views as anything', [4, 6], [0, 1], [3, 8], [0, 1]],
    ['a transposed one does not', [4, 6], [1, 0], [3, 8], undefined],
  ])('%s', (_, from, layout, to, expected) => {
    expect(viewLayout(from, layout, to)).toEqual(expected);
  });
});

describe('orders', () => {
  it('are the same memory where only axes of size 1 differ', () => {
    expect(sameMemory([1, 3, 1, 1], [0, 1, 2, 3], [0, 2, 3, 1])).toBe(true);
    expect(sameMemory([2, 3, 1, 1], [0, 1, 2, 3], [1, 0, 2, 3])).toBe(false);
  });

  it('give the permutation between them', () => {
    expect(permutation([0, 2, 3, 1], [0, 1, 2, 3])).toEqual([0, 3, 1, 2]);
    expect(permutation([0, 1, 2, 3], [0, 2, 3, 1])).toEqual([0, 2, 3, 1]);
  });
});
