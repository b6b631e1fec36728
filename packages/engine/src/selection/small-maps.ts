/** Whether a program's convolutions are mostly over small maps, where another executor is the fastest. */
import { areSmallMaps } from '../backends/onnx/chwn.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { CONVOLUTIONS, type Conv2dGeometry } from '../kernels/conv2d.ts';

const geometryOf = ({ attrs }: Node): Conv2dGeometry => attrs as unknown as Conv2dGeometry;

function multiplications({ batch, inChannels, outChannels, groups, kernel, output }: Conv2dGeometry): number {
  return [...kernel, ...output].reduce((product, size) => product * size, (batch * inChannels * outChannels) / groups);
}

export function isOnSmallMaps({ nodes }: Graph): boolean {
  let [all, small] = [0, 0];
  for (const node of nodes) {
    if (!CONVOLUTIONS.has(node.op)) continue;
    const work = multiplications(geometryOf(node));
    all += work;
    if (areSmallMaps(geometryOf(node))) small += work;
  }
  return 2 * small > all;
}
