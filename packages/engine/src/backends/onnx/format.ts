/** The part of ONNX's protobuf format that a lowered graph uses (onnx/onnx.proto, field numbers as there), and its encoder. */
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";
message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; string domain = 7; }
message Entry { string key = 1; string value = 2; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; repeated Entry external_data = 13; int32 data_location = 14; }
message Dimension { int64 dim_value = 1; }
message TensorShape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; TensorShape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; }
`;

const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model');

/** TensorProto.DataType. */
export const ONNX_TYPE = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = keyof typeof ONNX_TYPE;

export type OnnxAttribute = number | string | readonly number[] | { float: number };

export interface OnnxNode {
  type: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, OnnxAttribute>>;
  /** The domain of ONNX Runtime's own operations. */
  domain?: string;
}

export interface OnnxTensor {
  name: string;
  type: OnnxType;
  dims: readonly number[];
  bytes: Uint8Array;
}

export interface OnnxValue {
  name: string;
  type: OnnxType;
  dims: readonly number[];
}

/** An input or output of a model; without `dims` it may have any shape. */
interface OnnxPort extends Omit<OnnxValue, 'dims'> {
  dims?: readonly number[];
}

export interface OnnxGraph {
  name: string;
  nodes: readonly OnnxNode[];
  initialisers: readonly OnnxTensor[];
  inputs: readonly OnnxPort[];
  outputs: readonly OnnxPort[];
}

const OPSET = 18;
const IR_VERSION = 9;
/** The domain of ONNX Runtime's own operations. */
const OWN_DOMAINS = ['com.microsoft', 'com.microsoft.nchwc'].map((domain) => ({ domain, version: 1 }));

function attributeMessage(name: string, value: OnnxAttribute): object {
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

const portMessage = ({ name, type, dims }: OnnxPort): object => {
  const shape = dims && { dim: dims.map((size) => ({ dim_value: size })) };
  return { name, type: { tensor_type: { elem_type: ONNX_TYPE[type], ...(shape && { shape }) } } };
};

/** A model, and the bytes of its large tensors, which it refers to by `path`; these are not copied. */
interface EncodedModel {
  readonly model: Uint8Array;
  readonly externalData: { readonly path: string; readonly data: Uint8Array }[];
}

/** Most bytes of a tensor that the model itself contains. */
const LARGEST_INSIDE = 1024;
/** TensorProto.DataLocation. */
const EXTERNAL = 1;

function tensorMessage({ name, type, dims, bytes }: OnnxTensor): object {
  const described = { name, dims, data_type: ONNX_TYPE[type] };
  if (bytes.length <= LARGEST_INSIDE) return { ...described, raw_data: bytes };
  const entries = { location: name, offset: '0', length: `${bytes.length}` };
  const external_data = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return { ...described, external_data, data_location: EXTERNAL };
}

/** Serialises a graph as an ONNX model. */
export function encodeModel(graph: OnnxGraph): EncodedModel {
  const outside = graph.initialisers.filter(({ bytes }) => bytes.length > LARGEST_INSIDE);
  const externalData = outside.map(({ name, bytes }) => ({ path: name, data: bytes }));
  const model = Model.encode(
    Model.fromObject({
      ir_version: IR_VERSION,
      producer_name: 'leakscope',
      opset_import: [{ domain: '', version: OPSET }, ...OWN_DOMAINS],
      graph: {
        name: graph.name,
        node: graph.nodes.map(({ type, inputs, outputs, attributes, domain = '' }) => ({
          op_type: type,
          domain,
          name: outputs[0],
          input: inputs,
          output: outputs,
          attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
        })),
        initializer: graph.initialisers.map(tensorMessage),
        input: graph.inputs.map(portMessage),
        output: graph.outputs.map(portMessage),
      },
    }),
  ).finish();
  return { model, externalData };
}
