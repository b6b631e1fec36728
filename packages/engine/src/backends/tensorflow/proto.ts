/** The part of TensorFlow's SavedModel format that a lowered graph uses (field numbers as in tensorflow/core/protobuf), and its encoder. */
import protobuf from 'protobufjs';
import type { DType, Shape } from '../../graph/graph.ts';

const SCHEMA = `
syntax = "proto3";
message Dimension { int64 size = 1; }
message Shape { repeated Dimension dim = 2; }
message Tensor { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; repeated float float_val = 5; repeated int32 int_val = 7; repeated bool bool_val = 11; }
message List { repeated int64 i = 3; }
message Attribute { oneof value { List list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; Tensor tensor = 8; } }
message Node { string name = 1; string op = 2; repeated string input = 3; map<string, Attribute> attr = 5; }
message Versions { int32 producer = 1; }
message Graph { repeated Node node = 1; Versions versions = 4; }
message MetaInfo { repeated string tags = 4; }
message MetaGraph { MetaInfo meta_info_def = 1; Graph graph_def = 2; }
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
`;

const SavedModel = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('SavedModel');

/** The tag under which the one graph of a model is found. */
export const TAG = 'serve';

/** GraphDef version: the meaning that operations have in TensorFlow 2.9, which tfjs-node was written for, in any later one too. */
const VERSIONS = { producer: 1087 };

/** types.proto's DataType. */
const TF_TYPE = { float32: 1, int32: 3, int64: 9, bool: 10, resource: 20 } as const;
export type TfType = keyof typeof TF_TYPE;

/** Values of a constant: all of them as bytes, or one for all elements. */
interface TfConstant {
  dtype: DType;
  shape: Shape;
  values: Uint8Array | number;
}

export type TfAttribute =
  | number
  | string
  | boolean
  | readonly number[]
  | { float: number }
  | { type: TfType }
  | { shape: Shape }
  | { constant: TfConstant };

export interface TfNode {
  name: string;
  op: string;
  /** Names of values (`node`, `node:1`), and `^node` for what must have run before. */
  inputs: readonly string[];
  attributes: Readonly<Record<string, TfAttribute>>;
}

const shapeMessage = (shape: Shape): object => ({ dim: shape.map((size) => ({ size })) });

const FILLED = { float32: 'float_val', int32: 'int_val', bool: 'bool_val' } as const;

function constantMessage({ dtype, shape, values }: TfConstant): object {
  const content =
    typeof values === 'number'
      ? { [FILLED[dtype]]: [dtype === 'bool' ? values !== 0 : values] }
      : { tensor_content: values };
  return { dtype: TF_TYPE[dtype], tensor_shape: shapeMessage(shape), ...content };
}

function attributeMessage(value: TfAttribute): object {
  if (typeof value === 'string') return { s: Buffer.from(value) };
  if (typeof value === 'boolean') return { b: value };
  if (typeof value === 'number') return { i: value };
  if ('float' in value) return { f: value.float };
  if ('type' in value) return { type: TF_TYPE[value.type] };
  if ('shape' in value) return { shape: shapeMessage(value.shape) };
  if ('constant' in value) return { tensor: constantMessage(value.constant) };
  return { list: { i: value } };
}

/** Serialises nodes as a SavedModel with one graph under `TAG`. */
export function encodeSavedModel(nodes: readonly TfNode[]): Uint8Array {
  const node = nodes.map(({ name, op, inputs, attributes }) => ({
    name,
    op,
    input: inputs,
    attr: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeMessage(value)])),
  }));
  const graph = { meta_info_def: { tags: [TAG] }, graph_def: { node, versions: VERSIONS } };
  return SavedModel.encode(SavedModel.fromObject({ saved_model_schema_version: 1, meta_graphs: [graph] })).finish();
}
