/**
 * The rewriting rules of each operation. Automatic differentiation writes much that they take away: a zero tap added to a layer, a
 * gradient times ones, a transpose and its inverse.
 */
import type { Rule } from '../builder.ts';
import { BINARY, type Op, UNARY } from '../graph.ts';
import { tabulate } from '../table.ts';
import { castOfCast, doubleNegation, foldBinary, foldUnary, neutral, scaleOfScale, signedSum } from './arithmetic.ts';
import { beforeBroadcast, narrow, tileAsBroadcast } from './broadcast.ts';
import { transposeIntoMatMul, zeroProduct } from './products.ts';
import { sumOfBroadcast, sumOfNothing } from './sums.ts';
import { sameView, singleConcat, transposeAsView, transposeOfTranspose, viewOfFill, viewOfView } from './views.ts';

/** The rules of each operation, tried in order. */
export const simplifications: Partial<Record<Op, readonly Rule[]>> = {
  ...tabulate(UNARY, () => [foldUnary, beforeBroadcast]),
  ...tabulate(BINARY, () => [foldBinary, neutral, narrow]),
  Neg: [foldUnary, doubleNegation, beforeBroadcast],
  Add: [foldBinary, neutral, narrow, signedSum],
  Sub: [foldBinary, neutral, narrow, signedSum],
  Multiply: [foldBinary, neutral, narrow, scaleOfScale],
  Cast: [castOfCast, beforeBroadcast],
  Reshape: [sameView, viewOfView, viewOfFill],
  BroadcastTo: [sameView, viewOfFill],
  Transpose: [viewOfFill, transposeAsView, transposeOfTranspose],
  Sum: [sumOfNothing, sumOfBroadcast],
  MatMul: [zeroProduct, transposeIntoMatMul],
  Conv2d: [zeroProduct],
  Conv2dInputGrad: [zeroProduct],
  Conv2dFilterGrad: [zeroProduct],
  Concat: [singleConcat],
  Slice: [sameView, viewOfFill],
  Pad: [sameView],
  Tile: [sameView, viewOfFill, tileAsBroadcast],
};
