/** `leakscope doctor`: what this machine can run, what is missing and how to get it. */
import { command } from '../command.ts';
import { executorFindings } from '../doctor/executors.ts';
import { generatorFindings } from '../doctor/generators.ts';
import { machineFindings } from '../doctor/machine.ts';
import { printResult } from '../io.ts';
import { version } from '../version.ts';

const MARKS = { ok: 'ok     ', missing: 'missing', failed: 'FAILED ' } as const;

export default command({
  name: 'doctor',
  summary: 'says what this machine can run, what is missing and how to get it',
  description:
    'Exits with 4 where something that leakscope cannot do without has failed; what is merely missing does not count.',
  positionals: [],
  options: {},
  examples: [
    { line: 'leakscope doctor', does: 'check this machine' },
    { line: 'leakscope doctor --json', does: 'the same for a program to read' },
  ],
  async run({ io }) {
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
