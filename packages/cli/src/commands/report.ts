/** `leakscope report`: the page and the table of one run or of several side by side. */
import { join } from 'node:path';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'report',
  summary: 'writes the page and the table of one or several runs',
  description:
    'report.html needs no network and no script; it holds the pictures of the victims, so mind who gets it. leaks.csv has one line for each reconstructed image.',
  positionals: [{ name: 'RUN', summary: 'folder of a run', required: true, many: true }],
  options: {
    out: { type: 'string', value: 'DIR', summary: 'folder for report.html and leaks.csv; default the first run' },
  },
  examples: [
    { line: 'leakscope report runs/first-run-20261122T120000', does: 'write report.html into the run folder' },
    { line: 'leakscope report runs/a runs/b --out comparison', does: 'two runs side by side' },
  ],
  async run({ options, arguments: runs, io }) {
    const { resultText, writeReport } = await import('@leakscope/report');
    const { page, table, reports } = await writeReport(runs, options.out ?? runs[0] ?? '.');
    const rows = reports.map(({ name, clients }) => ({ name, clients }));
    printResult(io, { page, table, runs: rows }, () =>
      [...reports.flatMap((report) => [report.name, resultText(report), '']), `Page: ${join(page)}`].join('\n'),
    );
    return 0;
  },
});
