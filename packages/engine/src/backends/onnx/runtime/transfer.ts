/**
 * Copies between the process's memory and a WebGPU device. The Node binding cannot read a tensor that lies on the device (its
 * `download` ends the process), but a session copies its inputs and outputs to where they are wanted: two sessions of one node
 * do it for tensors of every shape.
 */
import * as ort from 'onnxruntime-node';
import { encodeModel } from '../format.ts';
import { deviceOptions } from './options.ts';

type Direction = 'to' | 'from';

/** Opened at the first use and kept: while a session is open, the device keeps its compiled shaders for the next ones. */
const sessions = new Map<Direction, Promise<ort.InferenceSession>>();

function openCopier(direction: Direction): Promise<ort.InferenceSession> {
  const { model } = encodeModel({
    name: 'copy',
    nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }],
    initialisers: [],
    inputs: [{ name: 'x', type: 'float32' }],
    outputs: [{ name: 'y', type: 'float32' }],
  });
  const onDevice = direction === 'to' ? ['y'] : [];
  return ort.InferenceSession.create(model, deviceOptions('webgpu', { onDevice }));
}

async function copy(direction: Direction, x: ort.Tensor): Promise<ort.Tensor> {
  const open = sessions.get(direction) ?? openCopier(direction);
  sessions.set(direction, open);
  try {
    const { y } = await (await open).run({ x });
    return y as ort.Tensor;
  } catch (error) {
    await forgetDevice();
    throw error;
  }
}

/** A copy on the device of a tensor in the process's memory. The caller disposes it. */
export const toDevice = (tensor: ort.Tensor): Promise<ort.Tensor> => copy('to', tensor);

/** The values of a tensor on the device. */
export const fromDevice = async (tensor: ort.Tensor): Promise<Float32Array> =>
  (await copy('from', tensor)).data as Float32Array;

/** Opens the device and keeps it, so that the next session finds it ready. */
export async function keepDevice(): Promise<void> {
  const open = sessions.get('to') ?? openCopier('to');
  sessions.set('to', open);
  await open.catch((error: unknown) => {
    sessions.delete('to');
    throw error;
  });
}

/** Lets go of the device: after it was lost, the next session opens another once all sessions on it are released. */
export async function forgetDevice(): Promise<void> {
  const open = [...sessions.values()];
  sessions.clear();
  for (const session of await Promise.allSettled(open)) {
    if (session.status === 'fulfilled') await session.value.release().catch(() => {});
  }
}
