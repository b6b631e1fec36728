/** `leakscope probe-executor`: doctor's test of a driver, in a process of its own. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { command } from '../command.ts';
import { firstLine } from '../doctor/finding.ts';

export default command({
  name: 'probe-executor',
  summary: 'runs a model of one node on an ONNX Runtime provider, or on TensorFlow',
  internal: true,
  positionals: [{ name: 'PROVIDER', summary: 'cpu, webgpu, cuda or tensorflow', required: true }],
  options: {},
  examples: [{ line: 'leakscope probe-executor webgpu', does: 'exits with 0 where WebGPU works, else prints why not' }],
  async run({ arguments: [provider], io }) {
    if (provider === 'tensorflow') {
      const { runTensorflow } = await import('../doctor/tensorflow-probe.ts');
      return await runTensorflow().then(
        (detail) => {
          io.print(detail);
          return 0;
        },
        (error: unknown) => {
          io.print(firstLine(error));
          return 4;
        },
      );
    }
    const { isProvider, probeProvider } = await import('../doctor/onnx-probe.ts');
    if (!isProvider(provider)) {
      const reason = 'expected cpu, webgpu, cuda or tensorflow';
      throw new LeakscopeError('CLI_OPTION_INVALID', { option: 'PROVIDER', value: provider, reason });
    }
    try {
      await probeProvider(provider);
      return 0;
    } catch (error) {
      // The runtime's message ends with the cause: `... FAIL : Failed to load library X with error: Y`.
      io.print(firstLine(error).replace(/^.*(?:with error:|FAIL ?:|was false\.) ?/, ''));
      return 4;
    }
  },
});
