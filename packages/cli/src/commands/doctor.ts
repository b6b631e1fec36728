/** `leakscope doctor`: what this machine can run, what is missing and how to get it. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { version } from '@leakscope/shared/version';
import { executorFindings } from '../doctor/executors.ts';
import { generatorFindings } from '../doctor/generators.ts';
import { machineFindings } from '../doctor/machine.ts';
import { command } from '../shell/command.ts';
import { type Io, printResult } from '../shell/io.ts';

const MARKS = { ok: 'ok     ', missing: 'missing', failed: 'FAILED ' } as const;

export default command({
  name: 'doctor',
  summary: 'says what this machine can run, what is missing and how to get it',
  description:
    'Exits with 4 where something that leakscope cannot do without has failed; what is merely missing does not count.',
  positionals: [],
  options: {
    install: {
      type: 'string',
      value: 'NAME',
      summary: 'tensorflow: build its executor, with a C++ compiler, into $LEAKSCOPE_HOME or ~/.leakscope',
    },
    libtensorflow: {
      type: 'string',
      value: 'PATH',
      summary:
        'with --install: a Python wheel of TensorFlow or its installed folder, or a folder or archive of libtensorflow; default $LIBTENSORFLOW, then what is installed, then a download',
    },
  },
  examples: [
    { line: 'leakscope doctor', does: 'check this machine' },
    { line: 'leakscope doctor --json', does: 'the same for a program to read' },
    { line: 'leakscope doctor --install tensorflow', does: 'build the TensorFlow executor against what is installed' },
    {
      line: 'leakscope doctor --install tensorflow --libtensorflow tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      does: 'the same from a wheel that `pip download --no-deps tensorflow-cpu` fetched; Python is not needed',
    },
  ],
  async run({ options, io }) {
    if (options.install !== undefined) return await install(options.install, options.libtensorflow, io);
    if (options.libtensorflow !== undefined) {
      const reason = 'it goes with --install tensorflow';
      throw new LeakscopeError('CLI_OPTION_INVALID', {
        option: '--libtensorflow',
        value: options.libtensorflow,
        reason,
      });
    }
    const findings = [...(await machineFindings()), ...(await executorFindings()), ...(await generatorFindings())];
    const healthy = findings.every((finding) => finding.status !== 'failed');
    printResult(io, { version: version(), healthy, findings }, () => {
      const width = Math.max(...findings.map((finding) => finding.name.length));
      const lines = findings.flatMap(({ name, status, detail, remedy }) => [
        `${MARKS[status]} ${name.padEnd(width)}  ${detail}`,
        ...(remedy ? [`${' '.repeat(width + 10)}${remedy}`] : []),
      ]);
      return [`leakscope ${version()}`, ...lines, healthy ? 'Ready.' : 'Not ready: see the lines marked FAILED.'].join(
        '\n',
      );
    });
    return healthy ? 0 : 4;
  },
});

async function install(name: string, from: string | undefined, io: Io): Promise<number> {
  if (name !== 'tensorflow') {
    throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--install', value: name, reason: 'expected tensorflow' });
  }
  const { installTensorflow } = await import('../doctor/tensorflow/install.ts');
  const { probedVersion } = await import('../doctor/tensorflow/probe.ts');
  const installed = await installTensorflow({
    from,
    environment: process.env,
    signal: io.signal,
    onProgress: io.progress.report,
    probe: probedVersion,
  }).finally(() => io.progress.end());
  const { folder, manifest, unchanged } = installed;
  const said = unchanged ? 'was there already' : 'installed';
  printResult(io, installed, () => `executor tensorflow ${said}: TensorFlow ${manifest.tensorflow} in ${folder}`);
  return 0;
}
