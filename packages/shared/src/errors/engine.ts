/** Errors of tensor programs and executors. */
import { entry } from './entry.ts';

export const engineErrors = {
  ENGINE_DEVICE_FAILED: entry<{ executor: string; program: string; reason: string }>(
    'environment',
    (d) => `the GPU failed while ${d.executor} ran ${d.program}: ${d.reason}`,
    'Run it again; if it fails again, update the driver, or take the CPU with `engine: onnx`.',
  ),
  ENGINE_DEVICE_MEMORY: entry<{ executor: string; program: string; reason: string }>(
    'environment',
    (d) => `the GPU has too little memory for ${d.program} on ${d.executor}: ${d.reason}`,
    'Take smaller batches or populations, fewer attacks at once, or the CPU with `engine: onnx`.',
  ),
  ENGINE_EXECUTOR_UNAVAILABLE: entry<{ executor: string; reason: string }>(
    'environment',
    (d) => `the executor ${d.executor} cannot be used here: ${d.reason}`,
    'Run `leakscope doctor`: it says which executors this machine has and how to get the others. Or set `engine: auto`.',
  ),
  ENGINE_INTERNAL: entry<{ reason: string }>(
    'internal',
    (d) => `the engine met a graph it cannot run: ${d.reason}`,
    'This is a fault of Leakscope: please report it with the program text.',
  ),
  ENGINE_OP_UNSUPPORTED: entry<{ op: string; program: string }>(
    'usage',
    (d) => `the tensor program ${d.program} uses the operation ${d.op}, which the engine cannot record`,
    'Write it with the operations listed in docs/engine.md.',
  ),
  ENGINE_SHAPE: entry<{ op: string; expected: string; got: string }>(
    'input',
    (d) => `${d.op} expects ${d.expected}, got ${d.got}`,
    'Check the shapes of the model, the images and the weights that meet here.',
  ),
  ENGINE_TENSOR_MISSING: entry<{ program: string; name: string; role: string }>(
    'usage',
    (d) => `the program ${d.program} has no value for its ${d.role} "${d.name}"`,
    'Give every input at each call, and every bound and state tensor when the session is opened.',
  ),
  ENGINE_TENSOR_UNKNOWN: entry<{ program: string; name: string; role: string }>(
    'usage',
    (d) => `the program ${d.program} has no ${d.role} named "${d.name}"`,
    'Compare the name with the signature that the program was compiled with.',
  ),
  ENGINE_VALUE_READ: entry<{ program: string }>(
    'usage',
    (d) => `the tensor program ${d.program} reads a tensor's value while it is being recorded`,
    'A tensor program must not look at values (dataSync, print, if on a tensor): compute with tensors only.',
  ),
  ENGINE_RELEASED: entry<{ program: string }>(
    'usage',
    (d) => `the session of ${d.program} was released`,
    'Open a new session.',
  ),
};
