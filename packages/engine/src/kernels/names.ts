/** The tfjs kernels that tensor programs may use, by type: a table keyed by them has a row for each. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Op } from '../graph/graph.ts';

/** Kernels whose name differs from that of the operation which they record. */
interface Renamed {
  Pad: typeof tf.PadV2;
  MatMul: typeof tf.BatchMatMul;
  /** One kernel gives values and positions. */
  MaxPool2dPositions: 'MaxPool2d';
}

/** Operations that no kernel records: parameters are declared, constants are written. */
type Unrecorded = 'Parameter' | 'Const';

/** Kernels that are recorded as operations of other names. */
type Composed =
  | typeof tf.Identity
  | typeof tf.SquaredDifference
  | typeof tf.AddN
  | typeof tf.ClipByValue
  | typeof tf.ZerosLike
  | typeof tf.OnesLike
  | typeof tf.Mean
  | typeof tf.ExpandDims
  | typeof tf.Pack
  | typeof tf.Unpack
  | typeof tf.SplitV;

/** Every kernel that a tensor program may use. An operation added to the graph is a kernel here, and wants its rows. */
export type Kernel = Exclude<Op, Unrecorded | keyof Renamed> | Renamed[keyof Renamed] | Composed;

/** Kernels of our own, whose gradients stand beside them (`conv2d.ts`, `max-pool2d.ts`). */
type OwnKernel = 'Conv2d' | 'Conv2dInputGrad' | 'Conv2dFilterGrad' | 'MaxPool2d' | 'TakeAt' | 'PutAt';

/** Kernels of tfjs that take tensors, and so have a gradient. */
export type TfjsKernel = Exclude<Kernel, OwnKernel | typeof tf.Fill>;
