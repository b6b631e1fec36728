import { classifier } from '@leakscope/models';
import { type Encoding, encodeTensors, PROTOCOL_LIMITS } from '@leakscope/shared/protocol';
import { equalTensors, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { readUpdate } from './update-check.ts';

const model = classifier('lenet', { classes: 2, resolution: 8 });
type Specs = Parameters<typeof readUpdate>[1];
const zeros = (): NamedTensors => new Map(model.parameters.map(({ name, shape }) => [name, tensor(shape)]));
const as = (encoding: Encoding) => ({ batchNorm: 'frozen', encoding }) as const;
const read = (update: NamedTensors, batchNorm: 'frozen' | 'train' = 'frozen', of: Specs = model) =>
  readUpdate(encodeTensors(update, 'fp32'), of, { batchNorm, encoding: 'fp32' }, PROTOCOL_LIMITS);

test('gives back what was sent', () => {
  expect(equalTensors(read(zeros()), zeros())).toBe(true);
});

test.each<[string, (update: NamedTensors) => void]>([
  ['TENSORS_MISSING', (update) => update.delete('fc.0.bias')],
  ['TENSORS_SHAPE_MISMATCH', (update) => update.set('fc.0.bias', tensor([3]))],
  ['TENSORS_UNEXPECTED', (update) => update.set('backdoor', tensor([1]))],
  ['TENSORS_NOT_FINITE', (update) => update.set('fc.0.bias', tensor([2], new Float32Array([0, Number.NaN])))],
])('%s names the tensor', (code, spoil) => {
  const update = zeros();
  spoil(update);
  const tensorName = code === 'TENSORS_UNEXPECTED' ? 'backdoor' : 'fc.0.bias';
  expect(() => read(update)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(tensorName) }));
});

test('running statistics come with training batch norm, and only then', () => {
  const normed: Specs = {
    parameters: model.parameters,
    buffers: [{ name: 'bn.running_mean', shape: [1], role: 'running-mean' }],
  };
  const withBuffers = zeros().set('bn.running_mean', tensor([1]));
  expect(read(withBuffers, 'train', normed).size).toBe(withBuffers.size);
  expect(() => read(withBuffers, 'frozen', normed)).toThrow(expect.objectContaining({ code: 'TENSORS_UNEXPECTED' }));
  expect(() => read(zeros(), 'train', normed)).toThrow(expect.objectContaining({ code: 'TENSORS_MISSING' }));
});

test('bytes that are no tensors, or too many of them', () => {
  const bytes = encodeTensors(zeros(), 'fp32');
  const truncated = bytes.subarray(0, bytes.length - 5);
  expect(() => readUpdate(truncated, model, as('fp32'), PROTOCOL_LIMITS)).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_PAYLOAD_INVALID' }),
  );
  expect(() => readUpdate(bytes, model, as('fp32'), { ...PROTOCOL_LIMITS, values: 10 })).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_LIMIT_EXCEEDED' }),
  );
});

test.each<[Encoding, Encoding[]]>([
  ['fp32', ['fp16', 'bf16', 'sparse']],
  ['fp16', ['fp32', 'bf16', 'sparse']],
  ['bf16', ['fp32', 'fp16', 'sparse']],
  ['sparse', ['fp16', 'bf16']],
])('an update promised in %s is not read in %j', (promised, others) => {
  expect(readUpdate(encodeTensors(zeros(), promised), model, as(promised), PROTOCOL_LIMITS).size).toBe(zeros().size);
  for (const other of others) {
    expect(() => readUpdate(encodeTensors(zeros(), other), model, as(promised), PROTOCOL_LIMITS)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_PAYLOAD_INVALID', message: expect.stringContaining(promised) }),
    );
  }
});
