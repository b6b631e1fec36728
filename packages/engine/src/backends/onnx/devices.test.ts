/**
 * Graphs lowered for GPUs, computed by ONNX Runtime's CPU kernels: what a lowering means is tested on every machine, what a GPU's
 * kernels make of it only where there is one (conformance).
 */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { opCases } from '../../conformance/cases/cases.ts';
import { operandsOf, programOf, relativeError, runCase } from '../../conformance/run.ts';
import { encodeModel } from './format.ts';
import { inputName, lower, outputName } from './lower/lower.ts';

describe.each(['webgpu', 'cuda'] as const)('lowered for %s, on the CPU', (device) => {
  it.each(opCases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
    const operands = operandsOf(testCase);
    const graph = lower(programOf(testCase).graph, device);
    const { model, externalData } = encodeModel({ ...graph, name: testCase.name });
    const session = await ort.InferenceSession.create(model, { externalData, logSeverityLevel: 3 });
    const feeds = graph.inputs.map(({ name, dims = [] }) => {
      const values = operands[name.slice(inputName('').length)] as Float32Array;
      return [name, new ort.Tensor('float32', values, [...dims])] as const;
    });
    const got = await session.run(Object.fromEntries(feeds));
    for (const [name, values] of Object.entries(await runCase(testCase, 'onnx', operands))) {
      expect(relativeError(got[outputName(name)]?.data as Float32Array, values), name).toBeLessThan(2e-5);
    }
    await session.release();
  });
});

describe('lowered for WebGPU', () => {
  const lowered = (name: string) => {
    const testCase = opCases.find((each) => each.name === name);
    if (testCase === undefined) throw new Error(`no case ${name}`);
    return lower(programOf(testCase).graph, 'webgpu').nodes;
  };

  it('pads by hand where the padding comes after the image only, and channels in threes', () => {
    for (const { name } of opCases.filter((testCase) => /conv|block/.test(testCase.name))) {
      for (const { type, attributes } of lowered(name)) {
        if (type !== 'Conv') continue;
        const [top = 0, left = 0, bottom = 0, right = 0] = (attributes.pads ?? []) as number[];
        expect(top + left === 0 && bottom + right > 0, name).toBe(false);
      }
    }
    expect(lowered('conv2d of 6 to 4 channels over 5x5, k3 s1 p1').map(({ type }) => type)).toContain('Pad');
  });

  it('asks no max pooling for positions', () => {
    const pools = lowered('maxPool2d k3 s2 p1').filter(({ type }) => type === 'MaxPool');
    expect(pools.map(({ outputs }) => outputs.length)).toEqual([1]);
  });
});
