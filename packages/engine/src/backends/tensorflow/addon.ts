/** Finds and loads tfjs-node's native binding, which runs TensorFlow graphs. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { leakscopeHome } from '@leakscope/shared/home';
import { defaultThreads } from '../threads.ts';

/** The calls of the binding that the executor uses. Tensors and models are numbers of its own; every call blocks. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: number[], dtype: number, values: Float32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): { id: number }[];
}

export const ADDON = 'tfjs_binding.node';

/** Where `leakscope doctor --install tensorflow` puts the addon: $LEAKSCOPE_HOME/tensorflow, else ~/.leakscope/tensorflow. */
export function tensorflowFolder(): string {
  return join(leakscopeHome(), 'tensorflow');
}

/** npm packages that carry the binding, and its sources. */
export const BINDING_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** The folder of an installed npm package of tfjs-node; undefined where it is not installed. */
export function tfjsNodePackage(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Addons of this machine: Leakscope's own, then what npm's installer built. */
export function addonPaths(): string[] {
  const built = BINDING_PACKAGES.flatMap((name) => {
    const lib = join(tfjsNodePackage(name) ?? '', 'lib');
    return existsSync(lib) ? readdirSync(lib).map((abi) => join(lib, abi, ADDON)) : [];
  });
  return [join(tensorflowFolder(), ADDON), ...built].filter((path) => existsSync(path));
}

let loaded: TensorflowBinding | undefined;

/** Sets what TensorFlow reads from the environment when its library is loaded; what the user has set stays. */
function configure(threads: number | undefined): void {
  const defaults = {
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_ENABLE_ONEDNN_OPTS: '1',
    // Several processes of Leakscope share a GPU: none may take all of its memory at the start.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_NUM_INTRAOP_THREADS: `${threads || defaultThreads()}`,
    // One operation at a time, on all threads. oneDNN 3.7 keeps what the blocking of a convolution follows from in statics that each
    // new one writes (jit_brgemm_conv_utils.cpp, brg_blocking_t::L2): of two that are made at once, one may compute nonsense.
    TF_NUM_INTEROP_THREADS: '1',
  };
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
}

/** The binding, loaded once a process; `threads` counts only for the first call. @throws ENGINE_EXECUTOR_UNAVAILABLE */
export function loadBinding(threads?: number): TensorflowBinding {
  if (loaded !== undefined) return loaded;
  const [path] = addonPaths();
  if (path === undefined) throw unavailable('the native addon of @tensorflow/tfjs-node is not installed');
  configure(threads);
  try {
    loaded = createRequire(import.meta.url)(path) as TensorflowBinding;
    return loaded;
  } catch (cause) {
    throw unavailable(`${path} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

const unavailable = (reason: string, cause?: unknown): LeakscopeError<'ENGINE_EXECUTOR_UNAVAILABLE'> =>
  new LeakscopeError('ENGINE_EXECUTOR_UNAVAILABLE', { executor: 'tensorflow', reason, cause });

/** Why the binding cannot be used here; undefined where it can. Where nothing is installed, it only checks two files. */
export function unavailableReason(threads?: number): string | undefined {
  try {
    loadBinding(threads);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
