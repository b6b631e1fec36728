/** Why an executor does not work on this machine, as a backend or its probe says it. */

/** What an executor lacks here, where that is known. */
type Missing =
  /** Vulkan's loader. */
  | 'loader'
  /** A driver that Vulkan's loader finds. */
  | 'driver'
  /** A device that can do what WebGPU asks. */
  | 'device'
  /** ONNX Runtime's CUDA code. */
  | 'provider'
  /** A library of CUDA or cuDNN. */
  | 'library';

export interface Unavailable {
  readonly works: false;
  readonly reason: string;
  readonly missing?: Missing;
}
