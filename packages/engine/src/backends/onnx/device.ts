/** What ONNX Runtime computes on. Lowerings differ in tricks that are right for a CPU and wrong or worthless on a GPU. */
export type OnnxDevice = 'cpu' | 'webgpu' | 'cuda';
