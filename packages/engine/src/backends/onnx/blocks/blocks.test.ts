import { describe, expect, it } from 'vitest';
import { compile, openSession, type Program } from '../../../index.ts';
import { conv2d, maxPool2d } from '../../../ops/index.ts';
import * as tf from '../../../tf.ts';
import { foldConstants } from '../fold/fold.ts';
import type { OnnxNode } from '../format.ts';
import { inputName, lower } from '../lower/lower.ts';
import { blockSize } from './block-size.ts';
import { toBlocks } from './blocks.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;
type Named = Readonly<Record<string, tf.Tensor>>;

const same = { padding: 1 };
const conv = (t: Named, x: string, w: string) => conv2d(t[x] as tf.Tensor, t[w] as tf.Tensor, same);

interface BlocksCase {
  name: string;
  inputs: Shapes;
  bound?: Shapes;
  fn: (t: Named) => tf.Tensor;
  /** How often what is moved into blocks, moved out of them, and convolved in them, with blocks of 16. */
  moves: readonly [number, number, number];
}

const IMAGE = [2, 16, 5, 6];
const W = [16, 16, 3, 3];

const pixelSums = (x: tf.Tensor): tf.Tensor => tf.sum(x, [2, 3], true);

const cases: BlocksCase[] = [
  {
    name: 'one convolution after the other',
    inputs: { x: IMAGE },
    bound: { v: W, w: [32, 16, 3, 3] },
    fn: (t) => conv2d(tf.relu(conv(t, 'x', 'v')), t.w as tf.Tensor, { padding: 1, stride: 2 }),
    moves: [1, 1, 2],
  },
  {
    name: 'an image of few channels, which lies as it is',
    inputs: { x: [2, 3, 5, 6] },
    bound: { w: [16, 3, 3, 3] },
    fn: (t) => conv(t, 'x', 'w'),
    moves: [0, 1, 1],
  },
  {
    name: 'a result of few channels',
    inputs: { x: IMAGE },
    bound: { w: [3, 16, 3, 3] },
    fn: (t) => tf.mul(conv(t, 'x', 'w'), 2),
    moves: [1, 1, 1],
  },
  {
    name: 'channels that fill no blocks',
    inputs: { x: [1, 24, 5, 6] },
    bound: { w: [16, 24, 3, 3] },
    fn: (t) => conv(t, 'x', 'w'),
    moves: [0, 0, 0],
  },
  {
    name: 'scales and shifts of each channel, constant or not',
    inputs: { x: IMAGE, scale: [1, 16, 1, 1], shift: [1, 16, 1, 1] },
    bound: { w: W, s: [1, 16, 1, 1], t: [1, 16, 1, 1] },
    fn: (t) => {
      const y = tf.add(tf.mul(conv(t, 'x', 'w'), t.s as tf.Tensor), t.t as tf.Tensor);
      return tf.relu(tf.add(tf.mul(y, t.scale as tf.Tensor), t.shift as tf.Tensor));
    },
    moves: [1, 1, 3],
  },
  {
    name: 'a shift alone of what is read twice',
    inputs: { x: IMAGE, shift: [1, 16, 1, 1] },
    bound: { w: W },
    fn: (t) => {
      const y = conv(t, 'x', 'w');
      return tf.mul(tf.add(y, t.shift as tf.Tensor), y);
    },
    moves: [1, 1, 2],
  },
  {
    name: 'a constant scale and shift of an image',
    inputs: { x: IMAGE },
    bound: { w: W, s: [1, 16, 1, 1], t: [1, 16, 1, 1] },
    fn: (t) => {
      const y = tf.relu(tf.add(tf.mul(t.x as tf.Tensor, t.s as tf.Tensor), t.t as tf.Tensor));
      return conv2d(y, t.w as tf.Tensor, same);
    },
    moves: [1, 1, 2],
  },
  {
    name: 'sums, each convolution added to what was there',
    inputs: { x: IMAGE, z: IMAGE },
    bound: { v: W, w: W },
    fn: (t) => tf.add(tf.add(conv(t, 'x', 'v'), conv(t, 'z', 'w')), t.x as tf.Tensor),
    moves: [2, 1, 2],
  },
  {
    name: 'a convolution that is added to itself, and one that was read before',
    inputs: { x: IMAGE },
    bound: { v: W, w: W },
    fn: (t) => {
      const y = conv(t, 'x', 'v');
      return tf.add(tf.mul(tf.add(y, y), tf.step(y)), tf.add(conv(t, 'x', 'w'), y));
    },
    moves: [1, 1, 2],
  },
  {
    name: 'a mask of what is in blocks',
    inputs: { x: IMAGE, dy: IMAGE },
    bound: { w: W },
    fn: (t) => {
      const y = tf.relu(conv(t, 'x', 'w'));
      return conv2d(tf.mul(tf.mul(t.dy as tf.Tensor, tf.step(y)), 0.5), t.w as tf.Tensor, same);
    },
    moves: [2, 1, 2],
  },
  {
    name: 'pooling, which takes images as they are, and its gradient',
    inputs: { x: IMAGE },
    bound: { v: W, w: W },
    fn: (t) => {
      const pooled = (x: tf.Tensor): tf.Tensor => maxPool2d(x, { size: 2, stride: 2, padding: 0 });
      const y = conv(t, 'x', 'v');
      const dy = conv2d(pooled(y), t.w as tf.Tensor, same);
      return tf.mul(tf.grad((input: tf.Tensor) => tf.sum(tf.mul(pooled(input), dy)))(y), y);
    },
    moves: [2, 2, 2],
  },
  {
    name: 'channels brought inside',
    inputs: { x: IMAGE },
    bound: { w: W },
    fn: (t) => tf.transpose(conv(t, 'x', 'w'), [0, 2, 3, 1]),
    moves: [1, 1, 1],
  },
  {
    name: 'sums over pixels, of an image and of a product',
    inputs: { x: [1, 32, 17, 16] },
    bound: { w: [32, 32, 3, 3] },
    fn: (t) => {
      const y = conv(t, 'x', 'w');
      return tf.add(pixelSums(y), pixelSums(tf.mul(y, tf.sigmoid(y))));
    },
    moves: [1, 0, 3],
  },
  {
    name: 'sums over pixels of a product that is read again',
    inputs: { x: [1, 32, 17, 16] },
    bound: { w: [32, 32, 3, 3] },
    fn: (t) => {
      const y = conv(t, 'x', 'w');
      const product = tf.mul(y, tf.sigmoid(y));
      return tf.mul(product, pixelSums(product));
    },
    moves: [1, 1, 3],
  },
  {
    name: 'sums over the pixels of each image of a batch',
    inputs: { x: [2, 16, 17, 16] },
    bound: { w: W },
    fn: (t) => {
      const y = conv(t, 'x', 'w');
      return pixelSums(tf.mul(y, tf.sigmoid(y)));
    },
    moves: [1, 0, 2],
  },
  {
    name: 'sums over few pixels',
    inputs: { x: IMAGE },
    bound: { w: W },
    fn: (t) => pixelSums(conv(t, 'x', 'w')),
    moves: [1, 1, 1],
  },
  {
    name: 'maps of one pixel, which need no moving',
    inputs: { x: [2, 16, 1, 1] },
    bound: { w: [16, 16, 1, 1] },
    fn: (t) => tf.relu(conv2d(tf.relu(conv2d(t.x as tf.Tensor, t.w as tf.Tensor, {})), t.w as tf.Tensor, {})),
    moves: [0, 0, 2],
  },
  {
    name: 'groups of whole blocks',
    inputs: { x: [1, 32, 5, 6] },
    bound: { w: [64, 16, 3, 3] },
    fn: (t) => conv2d(t.x as tf.Tensor, t.w as tf.Tensor, { padding: 1, groups: 2 }),
    moves: [1, 1, 1],
  },
  {
    name: 'weights that change, on few pixels',
    inputs: { x: IMAGE, w: W },
    fn: (t) => conv(t, 'x', 'w'),
    moves: [0, 0, 0],
  },
  {
    name: 'weights that change, on many pixels',
    inputs: { x: [1, 16, 30, 30], w: [48, 16, 3, 3] },
    fn: (t) => conv(t, 'x', 'w'),
    moves: [1, 1, 1],
  },
  {
    name: 'weights that change, of one tap',
    inputs: { x: [1, 32, 30, 30], w: [16, 32, 1, 1] },
    fn: (t) => conv2d(t.x as tf.Tensor, t.w as tf.Tensor, {}),
    moves: [1, 1, 1],
  },
  {
    name: 'weights that change, turned and with their channels exchanged',
    inputs: { x: [1, 16, 80, 80], w: [16, 48, 3, 3] },
    fn: (t) => {
      const f = (x: tf.Tensor): tf.Tensor => conv2d(x, t.w as tf.Tensor, same);
      const x = tf.zeros([1, 48, 80, 80]);
      return tf.grad((input: tf.Tensor) => tf.sum(tf.mul(f(input), t.x as tf.Tensor)))(x);
    },
    moves: [1, 1, 1],
  },
];

const values = (shape: readonly number[], seed: number): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i * 1.7));

const named = (shapes: Shapes = {}, seed: number): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, values(shape, seed + i)]));

const programOf = ({ name, inputs, bound = {}, fn }: BlocksCase): Program =>
  compile({ name: `blocks/${name}`, inputs, bound, fn: (tensors) => ({ outputs: { out: fn(tensors as Named) } }) });

function blocked(program: Program, bound: Record<string, Float32Array>, block: number): readonly OnnxNode[] {
  const renamed = Object.fromEntries(Object.entries(bound).map(([name, data]) => [inputName(name), data]));
  return toBlocks(foldConstants(lower(program.graph), renamed), block).nodes;
}

const inBlocks = (nodes: readonly OnnxNode[], type: string): number =>
  nodes.filter((node) => node.type === type && node.domain === 'com.microsoft.nchwc').length;

describe.each(cases)('$name', (each) => {
  it('moves no more than that', () => {
    const nodes = blocked(programOf(each), named(each.bound, 1), 16);
    expect(['ReorderInput', 'ReorderOutput', 'Conv'].map((type) => inBlocks(nodes, type))).toEqual(each.moves);
  });

  it('comes out the same', async () => {
    const program = programOf(each);
    const [want, got] = await Promise.all(
      (['eager', 'onnx'] as const).map(async (executor) => {
        const session = await openSession(program, { bound: named(each.bound, 1), executor });
        const { out } = (await session.run(named(each.inputs, 7))) as { out: Float32Array };
        await session.release();
        return out;
      }),
    );
    const largest = (want as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(got).toHaveLength((want as Float32Array).length);
    got?.forEach((value, i) => {
      expect(Math.abs(value - (want?.[i] as number))).toBeLessThan(1e-5 * largest);
    });
  });
});

it.runIf(process.arch === 'x64')('asks the machine for the size of its blocks', async () => {
  expect([8, 16]).toContain(await blockSize());
});
