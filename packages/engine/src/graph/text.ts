/** A graph as text that a person can read and a test can compare. */
import type { AttributeValue, Graph, Node } from './graph.ts';

const LONGEST_LIST = 8;

function valueText(value: AttributeValue | undefined): string {
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const items = Array.from(value as ArrayLike<number>);
    const shown = items.slice(0, LONGEST_LIST).join(', ');
    return items.length > LONGEST_LIST ? `[${shown}, ... ${items.length} values]` : `[${shown}]`;
  }
  return typeof value === 'number' ? `${Number(value.toPrecision(7))}` : `${value}`;
}

function nodeText(node: Node, id: number): string {
  const attrs = Object.entries(node.attrs).map(([name, value]) => `${name}=${valueText(value)}`);
  const inputs = node.inputs.map((input) => `%${input}`);
  const type = node.dtype === 'float32' ? '' : ` ${node.dtype}`;
  return `%${id} = ${node.op}(${[...inputs, ...attrs].join(', ')}) : [${node.shape.join(', ')}]${type}`;
}

/** One line a node, then the outputs and the next state. */
export function graphText(graph: Graph): string {
  const lines = graph.nodes.map(nodeText);
  for (const [name, id] of Object.entries(graph.outputs)) lines.push(`output ${name} = %${id}`);
  for (const [name, id] of Object.entries(graph.state)) lines.push(`state ${name} = %${id}`);
  return `${lines.join('\n')}\n`;
}
