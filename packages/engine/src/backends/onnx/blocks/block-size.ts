/** How many channels a block has on this machine, as ONNX Runtime does it: 16 with AVX-512, 8 without; on other processors it has no blocks. */
import * as ort from 'onnxruntime-node';
import { encodeModel, type OnnxGraph } from '../format.ts';

/** Channels that any block holds, and that ONNX Runtime moves into one. */
const CHANNELS = 4;
const PIXELS = 2;

/** ONNX Runtime's own operation that reorders images into blocks. */
const PROBE: OnnxGraph = {
  name: 'block-size',
  nodes: [
    {
      type: 'ReorderInput',
      domain: 'com.microsoft.nchwc',
      inputs: ['x'],
      outputs: ['blocks'],
      attributes: { channels_last: 0 },
    },
  ],
  initialisers: [],
  inputs: [{ name: 'x', type: 'float32', dims: [1, CHANNELS, 1, PIXELS] }],
  outputs: [{ name: 'blocks', type: 'float32' }],
};

let known: Promise<number | undefined> | undefined;

/** Channels of a block; undefined where ONNX Runtime has no blocks, or lays them out otherwise than `toBlocks` does. */
export function blockSize(): Promise<number | undefined> {
  known ??= probe().catch(() => undefined);
  return known;
}

async function probe(): Promise<number | undefined> {
  const session = await ort.InferenceSession.create(encodeModel(PROBE).model, { logSeverityLevel: 4 });
  const x = Float32Array.from({ length: CHANNELS * PIXELS }, (_, i) => i + 1);
  const { blocks } = await session.run({ x: new ort.Tensor('float32', x, [1, CHANNELS, 1, PIXELS]) });
  await session.release();
  const size = blocks?.dims[1] ?? 0;
  const want = Array.from({ length: size * PIXELS }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / size), i % size];
    return channel < CHANNELS ? x[channel * PIXELS + pixel] : 0;
  });
  return size >= CHANNELS && `${blocks?.data}` === `${want}` ? size : undefined;
}
