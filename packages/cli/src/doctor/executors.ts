/** Which executors of the engine work here, and how to get those that do not. */
import {
  fastest,
  gpusTurnedOff,
  mayHaveGpu,
  type ProbeResult,
  type ProbeResults,
  probe,
  probeCuda,
  speedUp,
  writeProbes,
} from '@leakscope/engine/selection';
import { addonPaths } from '@leakscope/engine/tensorflow';
import { type Finding, firstLine } from './finding.ts';
import { remedyFor } from './remedies.ts';

/** Each executor is probed in a process of its own. What is found is kept, for `engine: auto` to choose by. */
export async function executorFindings(): Promise<Finding[]> {
  const onnx = await probe('onnx', { quick: true });
  const gpus = { 'onnx-webgpu': await probe('onnx-webgpu'), 'onnx-cuda': await probeCuda() };
  const built = addonPaths().length > 0;
  const results: ProbeResults = { ...gpus, ...(built && { tensorflow: await probe('tensorflow') }) };
  await writeProbes(results);
  return [
    onnxFinding(onnx),
    gpuFinding('onnx-webgpu', gpus['onnx-webgpu']),
    gpuFinding('onnx-cuda', gpus['onnx-cuda']),
    tensorflowFinding(results.tensorflow),
    await eagerFinding(),
    { name: 'engine auto', status: 'ok', detail: choices(results) },
  ];
}

/** The default executor. Without it nothing runs at a bearable speed. */
function onnxFinding(result: ProbeResult): Finding {
  const name = 'executor onnx';
  return result.works
    ? { name, status: 'ok', detail: 'ONNX Runtime on the CPU' }
    : { name, status: 'failed', detail: result.reason, remedy: remedyFor('onnx', result) };
}

/** What the probe of a GPU says to a reader. */
export function gpuFinding(executor: 'onnx-webgpu' | 'onnx-cuda', result: ProbeResult): Finding {
  const name = `executor ${executor}`;
  if (!result.works) return { name, status: 'missing', detail: result.reason, remedy: remedyFor(executor, result) };
  if (result.software) {
    const detail = `works, on a software device (${result.device}): for tests only, auto never takes it`;
    return { name, status: 'ok', detail };
  }
  return { name, status: 'ok', detail: `${result.device}: ${speeds(result)}` };
}

const speeds = (result: ProbeResult): string =>
  (['matching', 'training'] as const)
    .map((kind) => `${kind} at ${speedUp(result, kind).toFixed(1)}x the CPU`)
    .join(', ');

function tensorflowFinding(result: ProbeResult | undefined): Finding {
  const name = 'executor tensorflow';
  const failure = { works: false, reason: 'the native addon of @tensorflow/tfjs-node is not built' } as const;
  const found = result ?? failure;
  return found.works
    ? { name, status: 'ok', detail: `${found.device}, ${addonPaths()[0]}` }
    : { name, status: 'missing', detail: found.reason, remedy: remedyFor('tensorflow', found) };
}

/** What `engine: auto` takes on this machine. */
function choices(results: ProbeResults): string {
  const off = gpusTurnedOff();
  const seen: ProbeResults = off || !mayHaveGpu() ? {} : results;
  const training = fastest(seen, 'training', results.tensorflow?.works ? 'tensorflow' : 'onnx');
  const said = `${fastest(seen, 'matching', 'onnx')} for attacks, ${training} for training`;
  return off ? `${said}; LEAKSCOPE_GPU turns GPUs off` : said;
}

async function eagerFinding(): Promise<Finding> {
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
