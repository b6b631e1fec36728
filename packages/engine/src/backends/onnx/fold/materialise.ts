/** Constants as the bytes of initialisers: each view that a remaining node reads is written down, in one pass. */
import { sizeOf } from '../../../graph/graph.ts';
import type { OnnxNode, OnnxTensor } from '../format.ts';
import { contiguous } from './copy.ts';
import type { FoldedGraph } from './fold.ts';
import { isContiguous } from './view.ts';

interface MaterialisedGraph {
  /** Nodes that read something other than constants. */
  readonly nodes: readonly OnnxNode[];
  /** The constants that these nodes read. */
  readonly initialisers: OnnxTensor[];
  /** Gives the memory back, once a session has its copy: the next call of `materialise` overwrites it. */
  readonly release: () => void;
}

/** Values of the largest memory that is kept, 256 MiB: the weights of one update, but not of a batch of updates. */
const LARGEST_SPARE = 2 ** 26;

/** Memory that no session is being opened with. To allocate it anew takes longer than to fill it. */
let spare = new Float32Array();

/** The graph with the constants that it reads as initialisers. */
export function materialise({ nodes, initialisers, views }: FoldedGraph): MaterialisedGraph {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const kept = initialisers.filter(({ name }) => read.has(name));
  const listed = new Set(kept.map(({ name }) => name));
  const computed = [...views].filter(([name]) => read.has(name) && !listed.has(name));
  const moved = computed.filter(([, view]) => !isContiguous(view)).reduce((sum, [, { dims }]) => sum + sizeOf(dims), 0);
  const memory = moved <= spare.length ? spare : new Float32Array(moved);
  spare = new Float32Array();
  let used = 0;
  const tensors = computed.map(([name, view]): OnnxTensor => {
    const size = isContiguous(view) ? 0 : sizeOf(view.dims);
    const { buffer, byteOffset, byteLength } = contiguous(view, memory.subarray(used, used + size));
    used += size;
    return { name, type: 'float32', dims: view.as ?? view.dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  });
  return {
    nodes,
    initialisers: [...kept, ...tensors],
    release() {
      if (memory.length > spare.length && memory.length <= LARGEST_SPARE) spare = memory;
    },
  };
}
