/**
 * A graph under construction whose images may be in blocks of channels, as ONNX Runtime's convolutions on a CPU want them.
 *
 * Example, with blocks of 16: images [N, 64, H, W] lie in memory as [N, 4, H, W, 16]. Each value exists in NCHW, in blocks, or in
 * both: the first reader that wants the other layout has it made.
 */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import { type View, viewOf } from '../fold/view.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../format.ts';
import { bytesOf } from '../lower/emitter.ts';

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** ONNX Runtime's operations on blocks. */
const DOMAIN = 'com.microsoft.nchwc';

/** A convolution that is not emitted yet: until its result is read, it may take in a bias, a sum and an activation. */
interface OpenConv {
  /** Names of images and weights, in the layouts that the kernel wants. */
  readonly x: string;
  readonly w: string;
  readonly attributes: Attributes;
  /** [C]. */
  readonly bias?: string;
  /** Images in blocks that the result is added to. */
  readonly sum?: string;
}

interface Source {
  /** Constants by name. */
  readonly views: Map<string, View>;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Which node makes each value. */
  readonly makers: ReadonlyMap<string, OnnxNode>;
  /** How often each value is read. */
  readonly uses: ReadonlyMap<string, number>;
}

export class BlockedGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxTensor[] = [];
  readonly block: number;
  readonly #source: Source;
  /** Names of each value in either layout. */
  readonly #plain = new Map<string, string>();
  readonly #blocked = new Map<string, string>();
  readonly #open = new Map<string, OpenConv>();
  readonly #ints = new Map<string, string>();
  #next = 0;

  constructor(block: number, source: Source) {
    this.block = block;
    this.#source = source;
  }

  shape(name: string): Shape | undefined {
    return this.#source.shapes.get(name);
  }

  /** The constant of that name; undefined for what changes with each call. */
  constant(name: string): View | undefined {
    return this.#source.views.get(name);
  }

  /** The node that makes a value. */
  maker(name: string): OnnxNode | undefined {
    return this.#source.makers.get(name);
  }

  isReadOnce(name: string): boolean {
    return this.#source.uses.get(name) === 1;
  }

  /** Whether images of `shape` can be in blocks. */
  fits(shape: Shape | undefined): shape is readonly [number, number, number, number] {
    return shape?.length === 4 && (shape[1] as number) % this.block === 0;
  }

  isBlocked(name: string): boolean {
    return this.#blocked.has(name) || this.#open.has(name);
  }

  /** Whether a value exists in NCHW, so that reading it there costs no reordering. */
  isPlain(name: string): boolean {
    return this.#plain.has(name) || !this.isBlocked(name);
  }

  /** Adds a node and returns the name of its output. */
  emit(type: string, inputs: readonly string[], attributes: Attributes = {}, name = '', domain = ''): string {
    const output = name || `blocks/${type}_${this.#next++}`;
    this.nodes.push({ type, inputs, outputs: [output], attributes, ...(domain && { domain }) });
    return output;
  }

  /** A vector of sizes or axes. */
  ints(values: readonly number[]): string {
    const key = `${values}`;
    const known = this.#ints.get(key);
    if (known !== undefined) return known;
    const name = `blocks/ints[${key}]`;
    this.initialisers.push({ name, type: 'int64', dims: [values.length], bytes: bytesOf('int64', values) });
    this.#ints.set(key, name);
    return name;
  }

  /** A constant with another's values in another layout. */
  reordered(name: string, order: string, view: View): string {
    const renamed = `${name}/${order}`;
    this.#source.views.set(renamed, view);
    return renamed;
  }

  /** The constant called `name`; `make` fills it the first time. */
  matrix(name: string, dims: Shape, make: (data: Float32Array) => void): string {
    if (this.#source.views.has(name)) return name;
    const data = new Float32Array(sizeOf(dims));
    make(data);
    this.#source.views.set(name, viewOf(data, dims));
    return name;
  }

  /** A constant filled with 1. */
  ones(dims: Shape): string {
    return this.matrix(`blocks/ones[${dims}]`, dims, (data) => data.fill(1));
  }

  reshape(x: string, shape: Shape): string {
    const view = this.constant(x);
    if (view !== undefined) return this.reordered(x, `as[${shape}]`, { ...view, as: shape });
    return this.emit('Reshape', [x, this.ints(shape)]);
  }

  /** A value in NCHW. */
  plain(name: string): string {
    const known = this.#plain.get(name);
    if (known !== undefined) return known;
    if (!this.isBlocked(name)) return name;
    const blocks = this.blocked(name);
    const shape = this.shape(name) as Shape;
    const output = isOnePixel(shape) ? blocks : this.#reorderOutput(blocks, shape, name, 0);
    this.#plain.set(name, output);
    return output;
  }

  /** Emits images [N, H, W, C] from images in blocks. */
  channelsLast(name: string, x: string): void {
    this.#reorderOutput(this.blocked(x), this.shape(x) as Shape, name, 1);
  }

  #reorderOutput(blocks: string, [, channels]: Shape, name: string, channels_last: 0 | 1): string {
    return this.emit('ReorderOutput', [blocks], { channels: channels as number, channels_last }, name, DOMAIN);
  }

  /** A value in blocks. */
  blocked(name: string): string {
    const known = this.#blocked.get(name);
    if (known !== undefined) return known;
    const open = this.#open.get(name);
    if (open !== undefined) {
      this.#open.delete(name);
      const { x, w, attributes, bias = '', sum = '' } = open;
      const inputs = sum !== '' ? [x, w, bias, sum] : [x, w, ...(bias === '' ? [] : [bias])];
      const output = this.emit('Conv', inputs, attributes, `${name}/blocks`, DOMAIN);
      this.#blocked.set(name, output);
      return output;
    }
    const plain = this.plain(name);
    this.#plain.set(name, plain);
    const output = isOnePixel(this.shape(name) as Shape)
      ? plain
      : this.emit('ReorderInput', [plain], { channels_last: 0 }, `${name}/blocks`, DOMAIN);
    this.#blocked.set(name, output);
    return output;
  }

  /** Adds a node whose result is in blocks. */
  emitBlocked(name: string, type: string, inputs: readonly string[], attributes: Attributes = {}): void {
    this.#blocked.set(name, this.emit(type, inputs, attributes, `${name}/blocks`));
  }

  /** Adds a convolution whose result is in blocks. */
  convolve(name: string, conv: OpenConv): void {
    this.#open.set(name, conv);
  }

  /** Images times `scale`, plus `shift`, each [1, C, 1, 1], as a depthwise convolution. */
  scale(name: string, x: string, scale: string | undefined, shift?: string): void {
    const channels = (this.shape(name) as Shape)[1] as number;
    const dims = [channels, 1, 1, 1];
    this.convolve(name, {
      x: this.blocked(x),
      w: scale === undefined ? this.ones(dims) : this.reshape(this.plain(scale), dims),
      attributes: { kernel_shape: [1, 1], group: channels },
      ...(shift !== undefined && { bias: this.plain(shift) }),
    });
  }

  /** The convolution that makes a value, where that is not emitted yet and has one reader only. */
  opened(name: string): OpenConv | undefined {
    return this.isReadOnce(name) ? this.#open.get(name) : undefined;
  }

  /** Lets the convolution that makes `from` make `name` instead, with something added. */
  extend(from: string, name: string, added: Partial<OpenConv>): void {
    const conv = this.#open.get(from) as OpenConv;
    this.#open.delete(from);
    this.#open.set(name, { ...conv, ...added });
  }
}

const isOnePixel = (shape: Shape): boolean => shape[2] === 1 && shape[3] === 1;
