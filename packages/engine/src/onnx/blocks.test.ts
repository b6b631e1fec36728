import { describe, expect, it } from 'vitest';
import { compile, openSession } from '../index.ts';
import { conv2d } from '../ops.ts';
import * as tf from '../tf.ts';
import { blocksFirst, inBlocks } from './blocks.ts';
import { lower } from './lower.ts';

const IMAGE = [1, 16, 4, 4];
const shapes = {
  inputs: { x: IMAGE, z: IMAGE },
  bound: { v: [16, 16, 3, 3], w: [16, 16, 3, 3], scale: [1, 16, 1, 1], shift: [1, 16, 1, 1] },
};
type Named = Record<keyof (typeof shapes)['inputs'] | keyof (typeof shapes)['bound'], tf.Tensor>;

const programOf = (name: string, f: (tensors: Named) => tf.Tensor) =>
  compile({ name: `blocks/${name}`, ...shapes, fn: (tensors) => ({ outputs: { out: f(tensors as Named) } }) });

const same = { padding: 1 };
const plain = ({ x, z }: Named): tf.Tensor => tf.mul(x, tf.exp(z));

/** The sum a convolution and what is in no blocks take part in, twice each, in the order of a tape. */
const mixed = (t: Named): tf.Tensor =>
  tf.add(tf.add(tf.add(conv2d(t.x, t.w, same), plain(t)), conv2d(t.z, t.v, same)), tf.sin(t.x));

/** The operations that the result is a sum of, first term first. */
function terms(name: string, f: (tensors: Named) => tf.Tensor): string[] {
  const { nodes, outputs } = blocksFirst(programOf(name, f).graph);
  const of = (id: number): string[] => {
    const { op, inputs } = nodes[id] as (typeof nodes)[number];
    return op === 'Add' ? inputs.flatMap(of) : [op];
  };
  return of(outputs.out as number);
}

describe('sums', () => {
  it('begin with what is in blocks, products before convolutions', () => {
    expect(terms('mixed', mixed)).toEqual(['Conv2d', 'Conv2d', 'Multiply', 'Sin']);
    const masked = (t: Named) => {
      const y = conv2d(t.x, t.w, same);
      return tf.add(tf.add(tf.sin(t.x), conv2d(t.z, t.v, same)), tf.mul(y, tf.step(y)));
    };
    expect(terms('masked', masked)).toEqual(['Multiply', 'Conv2d', 'Sin']);
  });

  it('that something else reads too stay as they are', () => {
    const shared = (t: Named) => {
      const inner = tf.add(tf.sin(t.x), conv2d(t.x, t.w, same));
      return tf.mul(tf.add(inner, conv2d(t.z, t.v, same)), inner);
    };
    const { graph } = programOf('shared', shared);
    expect(blocksFirst(graph).nodes.filter(({ op }) => op === 'Add')).toHaveLength(2);
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

describe('blocks', () => {
  const flagOf = (name: string, f: (tensors: Named) => tf.Tensor): boolean => {
    const { graph } = programOf(name, f);
    return inBlocks(graph)[graph.outputs.out as number] as boolean;
  };
  const image = (t: Named) => conv2d(t.x, t.w, same);

  it('hold what convolutions make, scaled and shifted by constants, masked and added up', () => {
    expect(flagOf('conv', image)).toBe(true);
    expect(flagOf('affine', (t) => tf.relu(tf.add(tf.mul(image(t), t.scale), t.shift)))).toBe(true);
    expect(flagOf('both', (t) => tf.add(image(t), tf.mul(image(t), tf.step(image(t)))))).toBe(true);
  });

  it('do not hold anything else', () => {
    expect(flagOf('input', (t) => tf.mul(t.x, t.scale))).toBe(false);
    expect(flagOf('half', (t) => tf.mul(image(t), plain(t)))).toBe(false);
    expect(flagOf('dynamic', (t) => tf.mul(image(t), tf.sum(t.z, [0, 2, 3], true)))).toBe(false);
  });

  it('decide what a constant scale becomes', () => {
    const types = (name: string, f: (tensors: Named) => tf.Tensor): string[] =>
      lower(programOf(name, f).graph).nodes.map(({ type }) => type);
    expect(types('scale of a convolution', (t) => tf.mul(image(t), t.scale))).not.toContain('Mul');
    expect(types('scale of an input', (t) => tf.mul(t.x, t.scale))).toContain('Mul');
    expect(types('affine of an input', (t) => tf.add(tf.mul(t.x, t.scale), t.shift))).not.toContain('Mul');
  });
});
