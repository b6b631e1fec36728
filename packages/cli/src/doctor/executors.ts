/** Which executors of the engine work here, and how to get those that do not. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runCli } from '../child.ts';
import { type Finding, firstLine } from './finding.ts';
import type { Provider } from './onnx-probe.ts';

const REMEDIES: Readonly<Record<Provider, string>> = {
  cpu: 'Install again: the package onnxruntime-node carries its CPU code for Linux (glibc), macOS and Windows on x64 and arm64.',
  webgpu:
    'It needs a GPU with a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver; on Debian: apt-get install libvulkan1 and the driver of the GPU.',
  cuda: 'On Linux with an NVIDIA GPU, CUDA 12 and cuDNN 9: run `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`.',
};

export async function executorFindings(): Promise<Finding[]> {
  return [await onnxCpu(), await onnxElsewhere('webgpu'), await onnxElsewhere('cuda'), tensorflow(), await eager()];
}

/** The default executor. Without it nothing runs at a bearable speed. */
async function onnxCpu(): Promise<Finding> {
  const name = 'executor onnx (cpu)';
  try {
    // Imported here: where the native library cannot be loaded, that is a finding and not the end of doctor.
    const { probeProvider } = await import('./onnx-probe.ts');
    await probeProvider('cpu');
    const { env } = await import('onnxruntime-node');
    return { name, status: 'ok', detail: `ONNX Runtime ${env.versions.common}` };
  } catch (error) {
    return { name, status: 'failed', detail: firstLine(error), remedy: REMEDIES.cpu };
  }
}

/** Probed in a child process, because a broken driver takes the process down with it. */
async function onnxElsewhere(provider: Provider): Promise<Finding> {
  const name = `executor onnx (${provider})`;
  const { status, stdout } = await runCli(['probe-executor', provider], { timeoutMs: 30_000 });
  if (status === '0') return { name, status: 'ok', detail: 'ran a model' };
  const detail = stdout.trim() || `the probe ended with ${status}`;
  return { name, status: 'missing', detail, remedy: REMEDIES[provider] };
}

/** TensorFlow's addon is only looked for: its own loader prints, and ends the process where the library is not there. */
function tensorflow(): Finding {
  const name = 'executor tensorflow';
  const remedy =
    'It is optional: docs/toolchain.md, "TensorFlow", says how to build the addon. The onnx executor does the same work.';
  try {
    const require = createRequire(import.meta.resolve('@leakscope/engine/tf'));
    const lib = join(dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'lib');
    const addon =
      existsSync(lib) && readdirSync(lib).find((entry) => existsSync(join(lib, entry, 'tfjs_binding.node')));
    return addon
      ? { name, status: 'ok', detail: join(lib, addon, 'tfjs_binding.node') }
      : {
          name,
          status: 'missing',
          detail: 'the native addon of @tensorflow/tfjs-node-gpu is not built (install scripts are off)',
          remedy,
        };
  } catch {
    return { name, status: 'missing', detail: '@tensorflow/tfjs-node-gpu is not installed', remedy };
  }
}

async function eager(): Promise<Finding> {
  const name = 'executor eager';
  try {
    const tf = await import('@leakscope/engine/tf');
    const [sum] = await tf.sum(tf.tensor1d([1, 2])).data();
    if (sum !== 3) throw new Error(`1 + 2 came out as ${sum}`);
    return { name, status: 'ok', detail: 'TensorFlow.js in JavaScript: slow, for tests' };
  } catch (error) {
    return {
      name,
      status: 'failed',
      detail: firstLine(error),
      remedy: 'Install again: @tensorflow/tfjs-backend-cpu is incomplete.',
    };
  }
}
