/** `leakscope compare`: the same federation under each of several defences or other values, and who leaks more. */
import { join, resolve } from 'node:path';
import { EXIT } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS } from '../inputs/experiment.ts';
import { integerOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';
import { isUnfinished, markFinished, runFolder } from '../simulate/run-folder.ts';

export default command({
  name: 'compare',
  summary: 'runs an experiment once for each value and seed, and compares what leaks',
  description:
    'One federation for each combination of values: each has its own accuracy and its own leak, on the same victims, because seeds and shards are the same. Ends with paired differences after Holm and with accuracy against leak. The same command goes on where it was stopped; finished runs are skipped.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    vary: {
      type: 'string',
      value: 'KEY=A|B',
      multiple: true,
      summary: 'the values to compare; defense=A|B is that of every client. Several keys give every combination',
    },
    seeds: {
      type: 'string',
      value: 'N',
      default: '1',
      summary: "repetitions: the experiment's seed and those after it",
    },
    out: {
      type: 'string',
      value: 'DIR',
      summary:
        'folder of report.html, leaks.csv, comparison.json and a folder for each run; default runs/NAME-compared',
    },
  },
  examples: [
    {
      line: "leakscope compare experiments/defences-compared.yaml --vary 'defense=none|noise:sigma=0.1|clip:bound=4'",
      does: 'three federations, the same victims',
    },
    {
      line: "leakscope compare exp.yaml --vary 'defense=none|clip:bound=4' --vary 'training.batchSize=1|8' --seeds 3",
      does: 'each defence at each batch size, three times',
    },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { planComparison } = await import('../compare/plan.ts');
    const { comparisonProgress } = await import('../compare/progress.ts');
    const { simulate } = await import('../simulate/simulate.ts');
    const { expectedJobs } = await import('../simulate/watch.ts');
    const { comparisonText, writeReport } = await import('@leakscope/report');

    const seeds = integerOption('seeds', options.seeds, 1);
    const runs = await planComparison(path, { ...options, seeds });
    const out = resolve(options.out ?? join('runs', `${runs[0]?.experiment.name}-compared`));
    const progressOf = comparisonProgress(
      io.progress,
      runs.map(({ experiment }) => expectedJobs(experiment)),
    );
    const folders: string[] = [];
    for (const [place, { name, experiment, base }] of runs.entries()) {
      const folder = await runFolder(experiment, join(out, name));
      folders.push(folder.path);
      if (!isUnfinished(folder.path)) continue;
      const { outcome } = await simulate(
        { experiment, base, folder, logLevel: io.logger.level },
        { ...io, progress: progressOf(place, name) },
      );
      if (outcome === 'interrupted') {
        io.progress.end();
        printResult(io, { outcome, out, run: folder.path }, () =>
          [
            `Interrupted in run ${place + 1} of ${runs.length}.`,
            `What was finished is kept in ${out}; the same command goes on.`,
          ].join('\n'),
        );
        return EXIT.interrupted;
      }
      await writeReport([folder.path], folder.path);
      await markFinished(folder);
    }
    io.progress.end();
    const { page, table, comparison } = await writeReport(folders, out);
    printResult(io, { outcome: 'finished', out, page, table, ...comparison }, () =>
      ['', comparisonText(comparison) || 'The runs share no victims.', '', `Page: ${page}`].join('\n'),
    );
    return EXIT.ok;
  },
});
