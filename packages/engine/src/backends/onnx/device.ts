/** The devices of ONNX Runtime. Lowering takes the device into account: some rewritings help a CPU only, and some are wrong on a GPU. */
export type OnnxDevice = 'cpu' | 'webgpu' | 'cuda';
