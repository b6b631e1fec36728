/** Copies of views in row-major order. */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import { coalesced, isContiguous, type View, viewOf } from './view.ts';

/** Side of the tiles in which rows and columns are copied, so that reads and writes stay within few cache lines. */
const TILE = 32;

/** The values in row-major order: as they lie where they do already, else a copy, in `target` where that is given. */
export function contiguous(view: View, target?: Float32Array): Float32Array {
  const { data, offset, squared, negated } = view;
  const size = sizeOf(view.dims);
  if (isContiguous(view)) return data.subarray(offset, offset + size);
  const { dims, strides } = coalesced(view);
  const result = target ?? new Float32Array(size);
  while (dims.length < 3) {
    dims.unshift(1);
    strides.unshift(0);
  }
  const sign = negated ? -1 : 1;
  const inner: Block = { dims: dims.slice(-3), strides: strides.slice(-3), sign: squared ? 1 : sign };
  let to = 0;
  for (const from of offsets(offset, dims.slice(0, -3), strides)) {
    copyBlock(result, to, data, from, inner);
    to += sizeOf(inner.dims);
  }
  if (squared) for (let i = 0; i < size; i++) result[i] = sign * (result[i] as number) ** 2;
  return result;
}

/** Where each block begins. */
function* offsets(begin: number, [size, ...inner]: readonly number[], strides: readonly number[]): Generator<number> {
  if (size === undefined) {
    yield begin;
    return;
  }
  const [stride, ...rest] = strides as [number, ...number[]];
  for (let i = 0; i < size; i++) yield* offsets(begin + i * stride, inner, rest);
}

/** The last three axes. */
interface Block {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly sign: 1 | -1;
}

function copyBlock(target: Float32Array, begin: number, data: Float32Array, from: number, block: Block): void {
  const [planes, rows, row] = block.dims as [number, number, number];
  const [across, down, along] = block.strides as [number, number, number];
  for (let plane = 0; plane < planes; plane += TILE) {
    const lastPlane = Math.min(planes, plane + TILE);
    for (let top = 0; top < rows; top += TILE) {
      const lastRow = Math.min(rows, top + TILE);
      for (let p = plane; p < lastPlane; p++) {
        for (let r = top; r < lastRow; r++) {
          const to = begin + (p * rows + r) * row;
          copyRow(target, to, to + row, data, from + p * across + r * down, along, block.sign);
        }
      }
    }
  }
}

/** A 3x3 kernel at a time: most rows are one, and a loop over it takes twice as long. */
function copyRow(
  target: Float32Array,
  begin: number,
  end: number,
  data: Float32Array,
  from: number,
  along: number,
  sign: number,
): void {
  let [to, at] = [begin, from];
  for (; to < end - 8; to += 9) {
    target[to] = sign * (data[at] as number);
    target[to + 1] = sign * (data[at + along] as number);
    target[to + 2] = sign * (data[at + 2 * along] as number);
    target[to + 3] = sign * (data[at + 3 * along] as number);
    target[to + 4] = sign * (data[at + 4 * along] as number);
    target[to + 5] = sign * (data[at + 5 * along] as number);
    target[to + 6] = sign * (data[at + 6 * along] as number);
    target[to + 7] = sign * (data[at + 7 * along] as number);
    target[to + 8] = sign * (data[at + 8 * along] as number);
    at += 9 * along;
  }
  for (; to < end; to++, at += along) target[to] = sign * (data[at] as number);
}

/** The view under another shape; a copy where its values are not in row-major order. */
export function reshaped(view: View, dims: Shape): View {
  const { squared, negated } = view;
  const inPlace = isContiguous({ ...view, squared: false, negated: false });
  return inPlace
    ? { ...viewOf(view.data, dims), offset: view.offset, squared, negated }
    : viewOf(contiguous(view), dims);
}
