import { describe, expect, it } from 'vitest';
import { compile, openSession } from '../../../index.ts';
import { conv2d } from '../../../ops/index.ts';
import * as tf from '../../../tf.ts';
import { convolutionsLast } from './sum-order.ts';

const IMAGE = [1, 16, 4, 4];
const shapes = {
  inputs: { x: IMAGE, z: IMAGE },
  bound: { v: [16, 16, 3, 3], w: [16, 16, 3, 3], scale: [1, 16, 1, 1], shift: [1, 16, 1, 1] },
};
type Named = Record<keyof (typeof shapes)['inputs'] | keyof (typeof shapes)['bound'], tf.Tensor>;

const programOf = (name: string, f: (tensors: Named) => tf.Tensor) =>
  compile({ name: `sum-order/${name}`, ...shapes, fn: (tensors) => ({ outputs: { out: f(tensors as Named) } }) });

const same = { padding: 1 };
const plain = ({ x, z }: Named): tf.Tensor => tf.mul(x, tf.exp(z));

/** A sum that convolutions and others take part in, twice each, in the order of a tape. */
const mixed = (t: Named): tf.Tensor =>
  tf.add(tf.add(tf.add(conv2d(t.x, t.w, same), plain(t)), conv2d(t.z, t.v, same)), tf.sin(t.x));

/** The operations that the result is a sum of, first term first. */
function terms(name: string, f: (tensors: Named) => tf.Tensor): string[] {
  const { nodes, outputs } = convolutionsLast(programOf(name, f).graph);
  const of = (id: number): string[] => {
    const { op, inputs } = nodes[id] as (typeof nodes)[number];
    return op === 'Add' ? inputs.flatMap(of) : [op];
  };
  return of(outputs.out as number);
}

describe('sums', () => {
  it('end with convolutions, of a pixel first', () => {
    expect(terms('mixed', mixed)).toEqual(['Multiply', 'Sin', 'Conv2d', 'Conv2d']);
    const scaled = (t: Named) => {
      const y = conv2d(t.x, t.w, same);
      return tf.add(tf.add(tf.mul(y, t.scale), conv2d(t.z, t.v, same)), tf.mul(y, tf.step(y)));
    };
    expect(terms('scaled', scaled)).toEqual(['Multiply', 'Multiply', 'Conv2d']);
  });

  it('that something else reads too stay as they are', () => {
    const shared = (t: Named) => {
      const inner = tf.add(tf.sin(t.x), conv2d(t.x, t.w, same));
      return tf.mul(tf.add(inner, conv2d(t.z, t.v, same)), inner);
    };
    const { graph } = programOf('shared', shared);
    expect(convolutionsLast(graph).nodes.filter(({ op }) => op === 'Add')).toHaveLength(2);
  });

  it('come out the same', async () => {
    const program = programOf('mixed', mixed);
    const values = (shape: readonly number[], seed: number) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(seed + i * 1.7));
    const bound = Object.fromEntries(Object.entries(shapes.bound).map(([name, shape], i) => [name, values(shape, i)]));
    const inputs = { x: values(IMAGE, 8), z: values(IMAGE, 9) };
    const results = await Promise.all(
      (['onnx', 'eager'] as const).map(async (executor) => {
        const session = await openSession(program, { bound, executor });
        const { out } = (await session.run(inputs)) as { out: Float32Array };
        await session.release();
        return out;
      }),
    );
    results[0]?.forEach((value, i) => {
      expect(value).toBeCloseTo(results[1]?.[i] as number, 4);
    });
  });
});
