/** Whether TensorFlow runs a program here: loads the addon, opens a session, and compares a result. */
import { compile, openSession } from '@leakscope/engine';
import { addonPaths, loadBinding } from '@leakscope/engine/tensorflow/addon';
import * as tf from '@leakscope/engine/tf';

/** Runs relu(w x) and says what ran it; throws what the runtime throws. A broken library can end the process: call it in a child. */
export async function runTensorflow(): Promise<string> {
  const binding = loadBinding();
  const program = compile({
    name: 'doctor/tensorflow',
    inputs: { x: [2] },
    bound: { w: [2] },
    fn: ({ x, w }) => ({ outputs: { y: tf.relu(tf.mul(x as tf.Tensor, w as tf.Tensor)) } }),
  });
  const session = await openSession(program, { bound: { w: Float32Array.of(3, 5) }, executor: 'tensorflow' });
  const { y } = await session.run({ x: Float32Array.of(-1, 2) });
  await session.release();
  if (y?.[0] !== 0 || y[1] !== 10) throw new Error(`relu([-3, 10]) came out as [${y}]`);
  return `TensorFlow ${binding.TF_Version}, ${binding.isUsingGpuDevice() ? 'GPU' : 'CPU'}, ${addonPaths()[0]}`;
}
