/** Signs of a GPU that need no process: whether there may be one, and whether the machine is still the one that was probed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus, homedir, release } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'onnxruntime-node';
import { bindingFolder } from '../../backends/onnx/runtime/cuda-library.ts';
import { addonPaths } from '../../backends/tensorflow/addon.ts';
import { defaultThreads } from '../../backends/threads.ts';

/** Changes when what a probe measures does. */
const PROBE_VERSION = 1;

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** When a file was last changed, and its size; `-` where there is none. */
const stamp = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '-' : `${found.mtimeMs}/${found.size}`;
};

/** Files that stand for a GPU in Linux: render nodes, NVIDIA's devices, and Windows' GPU in its Linux subsystem. */
const deviceFiles = (root: string): string[] => [
  ...names(join(root, 'dri')).filter((name) => name.startsWith('renderD')),
  ...names(root).filter((name) => /^nvidia\d+$/.test(name) || name === 'dxg'),
];

/** Whether there may be a GPU, by its device files. macOS and Windows always have an interface to one. */
export const mayHaveGpu = (platform: string = process.platform, root = '/dev'): boolean =>
  platform === 'darwin' || platform === 'win32' || deviceFiles(root).length > 0;

/** Values of $LEAKSCOPE_GPU with which `auto` leaves GPUs alone. */
const OFF = new Set(['0', 'off', 'no', 'false']);

export const gpusTurnedOff = (value = process.env.LEAKSCOPE_GPU): boolean => OFF.has((value ?? '').toLowerCase());

/** Where Vulkan's loader looks for drivers. */
const ICD_FOLDERS = [
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  join(homedir(), '.local/share/vulkan/icd.d'),
];

const VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'CUDA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH', 'CUDA_PATH'];

/** A digest of everything that a probe's result may depend on: versions, devices, drivers, libraries. Nothing is started for it. */
export function fingerprint(): string {
  const parts = [
    PROBE_VERSION,
    env.versions.node ?? env.versions.common,
    process.version,
    process.platform,
    process.arch,
    release(),
    cpus()[0]?.model,
    defaultThreads(),
    deviceFiles('/dev'),
    text('/proc/driver/nvidia/version'),
    ICD_FOLDERS.flatMap((folder) => names(folder).map((name) => `${name} ${stamp(join(folder, name))}`)),
    VARIABLES.map((name) => process.env[name] ?? ''),
    names(bindingFolder()).map((name) => `${name} ${stamp(join(bindingFolder(), name))}`),
    addonPaths().map((path) => `${path} ${stamp(path)} ${stamp(join(dirname(path), 'manifest.json'))}`),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
