/** Operations over images in blocks. One without a row reads them in NCHW. */
import { sameShape, sizeOf } from '../../../graph/graph.ts';
import { isPerChannel } from '../../../graph/shapes.ts';
import type { OnnxNode } from '../format.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { blockConv } from './conv.ts';
import { BETWEEN_CONVOLUTIONS } from './shapes.ts';
import { blockPixelSums } from './sums.ts';

/** Emits a node in blocks; false where it stays in NCHW. */
export type Row = (a: BlockedGraph, node: OnnxNode) => boolean;

/** An elementwise operation over images of one shape; among the operands may be a scalar, or one value a channel. */
const elementwise: Row = (a, node) => {
  const [name] = node.outputs as [string];
  const shape = a.shape(name);
  if (!a.fits(shape)) return false;
  const isImage = (input: string): boolean => sameShape(a.shape(input) ?? [], shape);
  const images = node.inputs.filter(isImage);
  const [other] = node.inputs.filter((input) => !isImage(input));
  if (images.length === 1 && node.inputs.length === 2 && isPerChannel(shape, a.shape(other as string))) {
    return byChannel(a, node, images[0] as string, other as string);
  }
  // Where all images exist in NCHW, reordering them gains nothing.
  if (images.every((input) => a.isPlain(input))) return false;
  if (node.type === 'Add' && images.length === 2 && addInPassing(a, name, images)) return true;
  if (!node.inputs.every((input) => isImage(input) || isNumber(a, input))) return false;
  const operands = node.inputs.map((input) => (isImage(input) ? a.blocked(input) : a.plain(input)));
  a.emitBlocked(name, node.type, operands, node.attributes);
  return true;
};

function isNumber(a: BlockedGraph, name: string): boolean {
  const shape = a.shape(name);
  return shape !== undefined && sizeOf(shape) === 1;
}

/** x * vector or x + vector with one value a channel, as a depthwise convolution. */
function byChannel(a: BlockedGraph, { type, outputs }: OnnxNode, x: string, vector: string): boolean {
  const [name] = outputs as [string];
  if (type === 'Add' && shift(a, name, x, vector)) return true;
  if (a.isPlain(x) || (type !== 'Add' && type !== 'Mul')) return false;
  if (type === 'Mul') a.scale(name, x, vector);
  else a.scale(name, x, undefined, vector);
  return true;
}

/** x + vector as the bias of the convolution that makes x, or of the depthwise one that scales it by constants. */
function shift(a: BlockedGraph, name: string, x: string, vector: string): boolean {
  const conv = a.opened(x);
  if (conv !== undefined && conv.bias === undefined && conv.attributes.activation === undefined) {
    a.extend(x, name, { bias: a.plain(vector) });
    return true;
  }
  const product = a.maker(x);
  const shape = a.shape(x);
  if (product?.type !== 'Mul' || shape === undefined || !a.isReadOnce(x) || a.isBlocked(x)) return false;
  const scales = product.inputs.find((input) => a.constant(input) && isPerChannel(shape, a.shape(input)));
  const scaled = product.inputs.find((input) => sameShape(a.shape(input) ?? [], shape));
  if (scales === undefined || scaled === undefined || a.constant(vector) === undefined) return false;
  a.scale(name, scaled, scales, vector);
  return true;
}

/** A sum of two images as the accumulation of a convolution that makes one of them. */
function addInPassing(a: BlockedGraph, name: string, [left, right]: readonly string[]): boolean {
  for (const [from, sum] of [
    [right, left],
    [left, right],
  ] as [string, string][]) {
    const conv = a.opened(from);
    if (conv === undefined || conv.sum !== undefined || conv.attributes.activation !== undefined) continue;
    a.extend(from, name, { sum: a.blocked(sum) });
    return true;
  }
  return false;
}

const relu: Row = (a, node) => {
  const [x] = node.inputs as [string];
  const conv = a.opened(x);
  if (conv === undefined || conv.attributes.activation !== undefined) return elementwise(a, node);
  a.extend(x, node.outputs[0] as string, { attributes: { ...conv.attributes, activation: 'Relu' } });
  return true;
};

/** NCHW to NHWC, done while reordering out of blocks. */
const transpose: Row = (a, node) => {
  const [x] = node.inputs as [string];
  if (`${node.attributes.perm}` !== '0,2,3,1' || a.isPlain(x) || !a.fits(a.shape(x))) return false;
  a.channelsLast(node.outputs[0] as string, x);
  return true;
};

const ELEMENTWISE = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', ...BETWEEN_CONVOLUTIONS];

export const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(ELEMENTWISE.map((type) => [type, elementwise])),
  Conv: blockConv,
  ReduceSum: blockPixelSums,
  Relu: relu,
  Transpose: transpose,
};
