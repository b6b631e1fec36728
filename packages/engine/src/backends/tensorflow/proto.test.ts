/** The encoder, held against bytes written by hand from TensorFlow's field numbers. */
import { expect, it } from 'vitest';
import { encodeSavedModel, type TfNode } from './proto.ts';

type Bytes = readonly number[];
const text = (value: string): Bytes => [...new TextEncoder().encode(value)];
/** A length-delimited field. */
const field = (number: number, value: Bytes): Bytes => [(number << 3) | 2, value.length, ...value];
const varint = (number: number, value: number): Bytes => [number << 3, value];

/** A SavedModel of one graph with these NodeDef messages. */
const model = (...nodes: Bytes[]): Bytes => {
  const versions = field(4, [...varint(1, 0xbf), 8]); // 1087 as a varint is bf 08
  const graph = [...nodes.flatMap((node) => [...field(1, node)]), ...versions];
  const meta = [...field(1, field(4, text('serve'))), ...field(2, graph)];
  return [...varint(1, 1), ...field(2, meta)];
};

const attribute = (name: string, value: Bytes): Bytes => field(5, [...field(1, text(name)), ...field(2, value)]);
const node = (name: string, op: string, ...rest: Bytes[]): Bytes => [
  ...field(1, text(name)),
  ...field(2, text(op)),
  ...rest.flat(),
];

const FLOAT = [0, 0, 0x80, 0x3f];

it.each<[string, TfNode, Bytes]>([
  [
    'inputs, and numbers that are zero',
    { name: 'a', op: 'Op', inputs: ['x', '^y'], attributes: { n: 0, b: false } },
    node(
      'a',
      'Op',
      field(3, text('x')),
      field(3, text('^y')),
      attribute('n', varint(3, 0)),
      attribute('b', varint(5, 0)),
    ),
  ],
  [
    'types, strings, floats and lists',
    {
      name: 'a',
      op: 'Op',
      inputs: [],
      attributes: { T: { type: 'resource' }, p: 'SAME', f: { float: 1 }, s: [1, 2] },
    },
    node(
      'a',
      'Op',
      attribute('T', varint(6, 20)),
      attribute('p', field(2, text('SAME'))),
      attribute('f', [(4 << 3) | 5, ...FLOAT]),
      attribute('s', field(1, field(3, [1, 2]))),
    ),
  ],
  [
    'shapes, and a constant of one value for all elements',
    {
      name: 'a',
      op: 'Const',
      inputs: [],
      attributes: { shape: { shape: [3] }, value: { constant: { dtype: 'float32', shape: [], values: 1 } } },
    },
    node(
      'a',
      'Const',
      attribute('shape', field(7, field(2, varint(1, 3)))),
      attribute('value', field(8, [...varint(1, 1), ...field(2, []), ...field(5, FLOAT)])),
    ),
  ],
])('encodes %s', (_, row, bytes) => {
  expect([...encodeSavedModel([row])]).toEqual(model(bytes));
});
