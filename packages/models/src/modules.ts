/** The tensors of a model: PyTorch names, layouts and order, derived from its list of modules. */

/** What a tensor is for; it decides how the tensor starts and how a defence or an optimiser may treat it. */
export type Role =
  | 'conv'
  | 'conv-transpose'
  | 'linear-weight'
  | 'bias'
  | 'norm-weight'
  | 'norm-bias'
  | 'running-mean'
  | 'running-var';

/** One tensor. Shapes: conv [O,I,k,k], conv-transpose [I,O,k,k], linear [out,in], everything else [channels]. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
}

/** One module with weights, at its PyTorch path. `size` is the side of a square kernel. */
export type Module =
  | {
      readonly kind: 'conv' | 'conv-transpose';
      readonly name: string;
      readonly inputs: number;
      readonly outputs: number;
      readonly size: number;
      readonly bias?: boolean;
    }
  | { readonly kind: 'linear'; readonly name: string; readonly inputs: number; readonly outputs: number }
  | { readonly kind: 'norm'; readonly name: string; readonly channels: number };

/** The trained tensors of `modules`, in the order of PyTorch's `named_parameters()`. */
export function parametersOf(modules: readonly Module[]): ParameterSpec[] {
  return modules.flatMap((module): ParameterSpec[] => {
    const weight = `${module.name}.weight`;
    const bias = `${module.name}.bias`;
    if (module.kind === 'norm') {
      const shape = [module.channels];
      return [
        { name: weight, shape, role: 'norm-weight' },
        { name: bias, shape, role: 'norm-bias' },
      ];
    }
    const { inputs, outputs } = module;
    const biasSpec: ParameterSpec = { name: bias, shape: [outputs], role: 'bias' };
    if (module.kind === 'linear') {
      return [{ name: weight, shape: [outputs, inputs], role: 'linear-weight' }, biasSpec];
    }
    const channels = module.kind === 'conv' ? [outputs, inputs] : [inputs, outputs];
    const kernel: ParameterSpec = { name: weight, shape: [...channels, module.size, module.size], role: module.kind };
    return module.bias ? [kernel, biasSpec] : [kernel];
  });
}

/** The running statistics of `modules`, in the order of `named_buffers()` (without `num_batches_tracked`). */
export function buffersOf(modules: readonly Module[]): ParameterSpec[] {
  return modules.flatMap((module): ParameterSpec[] =>
    module.kind === 'norm'
      ? [
          { name: `${module.name}.running_mean`, shape: [module.channels], role: 'running-mean' },
          { name: `${module.name}.running_var`, shape: [module.channels], role: 'running-var' },
        ]
      : [],
  );
}
