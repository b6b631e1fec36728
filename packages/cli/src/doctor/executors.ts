/** Which executors of the engine work here, and how to get those that do not. */
import { runCli } from '../child.ts';
import { isBuilt, probeTensorflow } from '../tensorflow/probe.ts';
import { type Finding, firstLine } from './finding.ts';
import type { Provider } from './onnx-probe.ts';

const REMEDIES: Readonly<Record<Provider, string>> = {
  cpu: 'Install again: the package onnxruntime-node carries its CPU code for Linux (glibc), macOS and Windows on x64 and arm64.',
  webgpu:
    'It needs a GPU with a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver; on Debian: apt-get install libvulkan1 and the driver of the GPU.',
  cuda: 'On Linux with an NVIDIA GPU, CUDA 12 and cuDNN 9: run `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`.',
};

export async function executorFindings(): Promise<Finding[]> {
  return [
    await onnxCpu(),
    await onnxElsewhere('webgpu'),
    await onnxElsewhere('cuda'),
    await tensorflow(),
    await eager(),
  ];
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

/** Probed in a child process, as drivers are; where nothing is built, nothing is started. */
async function tensorflow(): Promise<Finding> {
  const name = 'executor tensorflow';
  const remedy =
    'It is optional: `leakscope doctor --install tensorflow` builds it; docs/toolchain.md, "TensorFlow", says from what. The onnx executor does the same work.';
  if (!isBuilt()) {
    return { name, status: 'missing', detail: 'the native addon of @tensorflow/tfjs-node is not built', remedy };
  }
  const { works, detail } = await probeTensorflow();
  return works ? { name, status: 'ok', detail } : { name, status: 'missing', detail, remedy };
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
