/** Where the tensor programs of a training run. */
export interface Compute {
  /** Default `auto`. */
  readonly executor?: 'auto' | 'onnx' | 'eager';
  /** Default: the executor's choice, usually every core. */
  readonly threads?: number;
}
