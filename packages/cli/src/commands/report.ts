/** `leakscope report`: the page and the table of one run or of several side by side. */
import { join } from 'node:path';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'report',
  summary: 'writes the page and the table of one or several runs',
  description:
    'report.html needs no network and no script; it holds the pictures of the victims, so mind who gets it. leaks.csv has one line for each reconstructed image, comparison.json the paired differences of runs or, of one run, of its clients. Runs are aligned by the keys in which they differ; those that differ by the seed alone count as repetitions.',
  positionals: [{ name: 'RUN', summary: 'folder of a run', required: true, many: true }],
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      summary: 'folder for report.html, leaks.csv and comparison.json; default the first run',
    },
  },
  examples: [
    { line: 'leakscope report runs/first-run-20261122T120000', does: 'write report.html into the run folder' },
    { line: 'leakscope report runs/a runs/b --out comparison', does: 'two runs side by side' },
  ],
  async run({ options, arguments: runs, io }) {
    const { comparisonText, resultText, writeReport } = await import('@leakscope/report');
    const { page, table, reports, comparison } = await writeReport(runs, options.out ?? runs[0] ?? '.');
    const rows = reports.map(({ name, clients }) => ({ name, clients }));
    printResult(
      io,
      { page, table, runs: rows, comparisons: comparison.comparisons, frontiers: comparison.frontiers },
      () =>
        [
          ...reports.flatMap((report) => [report.name, resultText(report), '']),
          ...[comparisonText(comparison)].flatMap((text) => (text === '' ? [] : [text, ''])),
          `Page: ${join(page)}`,
        ].join('\n'),
    );
    return 0;
  },
});
