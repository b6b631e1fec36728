/** Whether ONNX Runtime can run a model of one node on a provider: the smallest real proof that a driver works. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

type Bytes = readonly number[];

const PROVIDERS = ['cpu', 'webgpu', 'cuda'] as const;
export type Provider = (typeof PROVIDERS)[number];

export function isProvider(text: string | undefined): text is Provider {
  return PROVIDERS.some((provider) => provider === text);
}

/** Runs relu([-1, 2]) on `provider`; throws what the runtime throws. A broken driver can end the process: call it in a child. */
export async function probeProvider(provider: Provider): Promise<void> {
  const session = await InferenceSession.create(reluModel(), { executionProviders: [provider] });
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(-1, 2), [2]) });
  if (y?.data[0] !== 0 || y.data[1] !== 2) throw new Error(`relu([-1, 2]) came out as [${y?.data.toString()}]`);
  await session.release();
}

/** ModelProto of y = relu(x), x of two floats, written field by field (onnx.proto: 1 = int field, 2 = bytes field). */
export function reluModel(): Uint8Array {
  const int = (field: number, value: number): Bytes => [field << 3, value];
  const bytes = (field: number, value: Bytes): Bytes => [(field << 3) | 2, value.length, ...value];
  const text = (field: number, value: string): Bytes => bytes(field, [...new TextEncoder().encode(value)]);
  const vector = (name: string): Bytes => {
    const shape = bytes(1, int(1, 2));
    return [...text(1, name), ...bytes(2, bytes(1, [...int(1, 1), ...bytes(2, shape)]))];
  };
  const node = [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Relu')];
  const graph = [...bytes(1, node), ...text(2, 'probe'), ...bytes(11, vector('x')), ...bytes(12, vector('y'))];
  return Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, int(2, 13))]);
}
