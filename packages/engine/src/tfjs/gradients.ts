/**
 * Gradients of the tfjs kernels that tensor programs use, one row a kernel; each can be differentiated again.
 *
 * tfjs ships its own table, but that one keeps a kernel's *output* for the backward pass as a clone that the tape lists
 * before the kernel itself: the path from the clone to the input is lost, and the gradient of a gradient is silently wrong
 * for tanh, sigmoid, exp, softmax and others; comparisons throw, which breaks every masked gradient. Here each row keeps
 * inputs and recomputes; the duplicate work disappears when the compiler merges common subexpressions.
 */
import * as tf from '@tensorflow/tfjs-core';
import { COMPARISONS } from '../graph/graph.ts';

type Row = Omit<tf.GradConfig, 'kernelName'>;
type Dy = tf.Tensor;

/** A kernel of one input named `x`. */
const unary = (derivative: (dy: Dy, x: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor): Row => ({
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({ x: () => derivative(dy as Dy, x as tf.Tensor, attrs) }),
});

/** Sums `dx` over the axes along which an operand of shape `shape` was broadcast. */
function unbroadcast(dx: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dx.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dx, axes) : dx, shape);
}

type Partial = (dy: Dy, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** A broadcasting kernel of two inputs named `a` and `b`. */
const binary = (da: Partial, db: Partial): Row => ({
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    return {
      a: () => unbroadcast(da(dy as Dy, a, b), a.shape),
      b: () => unbroadcast(db(dy as Dy, a, b), b.shape),
    };
  },
});

/** A kernel that is constant almost everywhere. */
const flat = (...inputs: string[]): Row => ({
  inputsToSave: inputs,
  gradFunc: (_dy, saved) =>
    Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)])),
});

const mask = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');
const one = (): tf.Scalar => tf.scalar(1);

/** Views `dy` of a reduction over `axes` so that it broadcasts over `x` again. */
function keepAxes(dy: Dy, x: tf.Tensor, axes: number[]): tf.Tensor {
  return tf.reshape(
    dy,
    x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

const axesOf = (x: tf.Tensor, attrs: tf.NamedAttrMap): number[] =>
  tf.util.parseAxisParam((attrs.reductionIndices ?? attrs.axis) as number | number[], x.shape);

/** Max and min: to every entry that equals the extreme. */
const extreme = (reduce: (x: tf.Tensor, axis: number[], keepDims: boolean) => tf.Tensor): Row =>
  unary((dy, x, attrs) => {
    const axes = axesOf(x, attrs);
    return tf.mul(keepAxes(dy, x, axes), mask(tf.equal(x, reduce(x, axes, true))));
  });

const elementwise: Record<string, Row> = {
  [tf.Identity]: unary((dy) => tf.clone(dy)),
  [tf.Neg]: unary((dy) => tf.neg(dy)),
  [tf.Abs]: unary((dy, x) => tf.mul(dy, tf.sign(x))),
  [tf.Square]: unary((dy, x) => tf.mul(dy, tf.mul(x, tf.scalar(2)))),
  [tf.Sqrt]: unary((dy, x) => tf.div(dy, tf.mul(tf.sqrt(x), tf.scalar(2)))),
  [tf.Rsqrt]: unary((dy, x) => tf.mul(dy, tf.div(tf.rsqrt(x), tf.mul(x, tf.scalar(-2))))),
  [tf.Reciprocal]: unary((dy, x) => tf.neg(tf.div(dy, tf.square(x)))),
  [tf.Exp]: unary((dy, x) => tf.mul(dy, tf.exp(x))),
  [tf.Expm1]: unary((dy, x) => tf.mul(dy, tf.exp(x))),
  [tf.Log]: unary((dy, x) => tf.div(dy, x)),
  [tf.Log1p]: unary((dy, x) => tf.div(dy, tf.add(x, one()))),
  [tf.Sin]: unary((dy, x) => tf.mul(dy, tf.cos(x))),
  [tf.Cos]: unary((dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  [tf.Tanh]: unary((dy, x) => tf.mul(dy, tf.sub(one(), tf.square(tf.tanh(x))))),
  [tf.Sigmoid]: unary((dy, x) => {
    const y = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(y, tf.sub(one(), y)));
  }),
  [tf.Softplus]: unary((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  [tf.Erf]: unary((dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), tf.scalar(2 / Math.sqrt(Math.PI))))),
  // The mask comes from the output (the same node as in the forward pass), so that nothing else reads the input and an
  // executor can fuse relu into what makes it.
  [tf.Relu]: unary((dy, x) => tf.mul(dy, tf.step(tf.relu(x)))),
  [tf.LeakyRelu]: unary((dy, x, { alpha }) => tf.mul(dy, tf.step(x, alpha as number))),
  [tf.Elu]: unary((dy, x) => tf.mul(dy, tf.where(tf.greater(x, 0), tf.onesLike(x), tf.exp(tf.minimum(x, 0))))),
  [tf.ClipByValue]: unary((dy, x, { clipValueMin, clipValueMax }) =>
    tf.mul(
      dy,
      mask(tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number))),
    ),
  ),
  [tf.Cast]: unary((dy) => tf.cast(dy, 'float32')),
  [tf.Add]: binary(
    (dy) => dy,
    (dy) => dy,
  ),
  [tf.Sub]: binary(
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  [tf.Multiply]: binary(
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  [tf.RealDiv]: binary(
    (dy, _a, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.square(b)))),
  ),
  [tf.SquaredDifference]: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), tf.scalar(2))),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), tf.scalar(2))),
  ),
  [tf.Maximum]: binary(
    (dy, a, b) => tf.mul(dy, mask(tf.greaterEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.less(a, b))),
  ),
  [tf.Minimum]: binary(
    (dy, a, b) => tf.mul(dy, mask(tf.lessEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.greater(a, b))),
  ),
  [tf.Pow]: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, one())))),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.pow(a, b), tf.where(tf.greater(a, 0), tf.log(a), tf.zerosLike(a)))),
  ),
  [tf.Select]: {
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => {
      const chosen = mask(condition as tf.Tensor);
      return {
        condition: () => tf.zeros((condition as tf.Tensor).shape),
        t: () => tf.mul(dy as Dy, chosen),
        e: () => tf.mul(dy as Dy, tf.sub(one(), chosen)),
      };
    },
  },
  [tf.AddN]: {
    saveAllInputs: true,
    gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy as Dy)])),
  },
};

const reductions: Record<string, Row> = {
  [tf.Sum]: unary((dy, x, attrs) => tf.mul(keepAxes(dy, x, axesOf(x, attrs)), tf.ones(x.shape))),
  [tf.Mean]: unary((dy, x, attrs) => {
    const axes = axesOf(x, attrs);
    const count = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
    return tf.mul(keepAxes(dy, x, axes), tf.fill(x.shape, 1 / count));
  }),
  [tf.Max]: extreme(tf.max),
  [tf.Min]: extreme(tf.min),
  [tf.Softmax]: {
    inputsToSave: ['logits'],
    gradFunc: (dy, [logits], { dim }) => ({
      logits: () => {
        const y = tf.softmax(logits as tf.Tensor, dim as number);
        const weighted = tf.mul(dy as Dy, y);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y));
      },
    }),
  },
};

const movement: Record<string, Row> = {
  [tf.Reshape]: unary((dy, x) => tf.reshape(dy, x.shape)),
  [tf.ExpandDims]: {
    inputsToSave: ['input'],
    gradFunc: (dy, [input]) => ({ input: () => tf.reshape(dy as Dy, (input as tf.Tensor).shape) }),
  },
  [tf.Transpose]: unary((dy, _x, { perm }) => {
    const inverse = (perm as number[]).map((_, axis) => (perm as number[]).indexOf(axis));
    return tf.transpose(dy, inverse);
  }),
  [tf.Reverse]: unary((dy, _x, { dims }) => tf.reverse(dy, dims as number[])),
  [tf.Slice]: unary((dy, x, { begin, size }) => {
    const from = begin as number[];
    const sizes = size as number[];
    const pads = x.shape.map((length, i) => {
      const taken = (sizes[i] as number) === -1 ? length - (from[i] as number) : (sizes[i] as number);
      return [from[i] as number, length - (from[i] as number) - taken] as [number, number];
    });
    return tf.pad(dy, pads);
  }),
  [tf.PadV2]: unary((dy, x, { paddings }) =>
    tf.slice(
      dy,
      (paddings as [number, number][]).map(([before]) => before),
      x.shape,
    ),
  ),
  [tf.Tile]: unary((dy, x, { reps }) => {
    // [r0 d0, r1 d1, ...] viewed as [r0, d0, r1, d1, ...] and summed over the repetitions.
    const view = x.shape.flatMap((size, i) => [(reps as number[])[i] as number, size]);
    return tf.reshape(
      tf.sum(
        tf.reshape(dy, view),
        x.shape.map((_, i) => 2 * i),
      ),
      x.shape,
    );
  }),
  [tf.BroadcastTo]: unary((dy, x) => unbroadcast(dy, x.shape)),
  [tf.Concat]: {
    saveAllInputs: true,
    gradFunc: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, (saved[0] as tf.Tensor).shape)[0] as number;
      const pieces = tf.split(
        dy as Dy,
        saved.map((x) => x.shape[along] as number),
        along,
      );
      return Object.fromEntries(pieces.map((piece, i) => [i, () => piece]));
    },
  },
  [tf.SplitV]: {
    gradFunc: (dy, _saved, { axis }) => ({ x: () => tf.concat(dy as tf.Tensor[], axis as number) }),
  },
  [tf.Pack]: {
    saveAllInputs: true,
    gradFunc: (dy, _saved, { axis }) => {
      const pieces = tf.unstack(dy as Dy, axis as number);
      return Object.fromEntries(pieces.map((piece, i) => [i, () => piece]));
    },
  },
  [tf.Unpack]: {
    gradFunc: (dy, _saved, { axis }) => ({ value: () => tf.stack(dy as tf.Tensor[], axis as number) }),
  },
};

const products: Record<string, Row> = {
  [tf.BatchMatMul]: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, { transposeA, transposeB }) => {
      const u = dy as Dy;
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () => (transposeA ? tf.matMul(b, u, transposeB as boolean, true) : tf.matMul(u, b, false, !transposeB)),
        b: () => (transposeB ? tf.matMul(u, a, true, transposeA as boolean) : tf.matMul(a, u, !transposeA, false)),
      };
    },
  },
};

const constants: Record<string, Row> = {
  [tf.Step]: flat('x'),
  [tf.Sign]: flat('x'),
  [tf.Floor]: flat('x'),
  [tf.Ceil]: flat('x'),
  [tf.Round]: flat('x'),
  [tf.ArgMax]: flat('x'),
  [tf.ArgMin]: flat('x'),
  [tf.ZerosLike]: flat('x'),
  [tf.OnesLike]: flat('x'),
  [tf.LogicalNot]: flat('x'),
  [tf.OneHot]: flat('indices'),
};
for (const comparison of COMPARISONS) {
  constants[comparison] = flat('a', 'b');
}

const rows: Record<string, Row> = { ...elementwise, ...reductions, ...movement, ...products, ...constants };
for (const [kernelName, row] of Object.entries(rows)) {
  // Another library in the process may have registered tfjs' own table.
  if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
  tf.registerGradient({ kernelName, ...row });
}

/** Kernels that a tensor program may differentiate, beside the engine's own (kernels/). */
export const differentiableKernels: readonly string[] = Object.keys(rows);
