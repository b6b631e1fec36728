/** Reads and makes tensors of the tfjs cpu backend, where the engine's own kernels run when nothing is compiled. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

type Values = Float32Array | Int32Array;

interface CpuBackend {
  data: { get(dataId: object): { values: Values } };
  makeTensorInfo(shape: number[], dtype: 'float32' | 'int32', values: Values): TensorInfo;
}

/** Values of a tensor that lives on the cpu backend, in row-major order. */
export function valuesOf(backend: unknown, tensor: TensorInfo): Values {
  return (backend as CpuBackend).data.get(tensor.dataId).values;
}

/** A tensor on the cpu backend that takes ownership of `values`. */
export function tensorOf(backend: unknown, shape: readonly number[], values: Values): TensorInfo {
  const dtype = values instanceof Int32Array ? 'int32' : 'float32';
  return (backend as CpuBackend).makeTensorInfo([...shape], dtype, values);
}
