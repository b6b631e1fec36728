/** `leakscope simulate`: a whole audit on this machine. */
import { relative, resolve } from 'node:path';
import { EXIT, reasonOf } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../inputs/experiment.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';
import { markFinished, newRunFolder, resumedRunFolder } from '../simulate/run-folder.ts';

export default command({
  name: 'simulate',
  summary: 'runs server, clients, attackers and evaluation on this machine',
  description:
    'Starts each of them as a process of its own, and ends with one line per client and the path of a page. Ctrl-C stops all of them in order; --resume goes on where they were. Each process logs to the folder logs of the run.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    out: { type: 'string', value: 'DIR', summary: 'run folder; default runs/NAME-TIME' },
    resume: { type: 'boolean', summary: 'go on with the run in --out, or with the latest unfinished one of this name' },
  },
  examples: [
    { line: 'leakscope simulate experiments/first-run.yaml', does: 'a small federation of drawn faces' },
    {
      line: 'leakscope simulate experiments/celeba.yaml --set data.path=/data/celeba --set attack.steps=500',
      does: 'the published audit on your CelebA, with shorter attacks',
    },
    { line: 'leakscope simulate experiments/celeba.yaml --resume', does: 'go on after Ctrl-C or a crash' },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { simulate } = await import('../simulate/simulate.ts');
    const { resultText, writeReport } = await import('@leakscope/report');
    const { experiment, base } = await openExperiment(path, options);
    const folder = await (options.resume ? resumedRunFolder : newRunFolder)(experiment, options.out);
    const shown = shortest(folder.path);
    io.logger.info({ run: shown, clients: experiment.clients.length }, options.resume ? 'run resumed' : 'run begun');
    const resume = ['leakscope simulate', path, ...options.set.map((set) => `--set ${set}`), `--out ${shown} --resume`];
    try {
      const { outcome, deaths } = await simulate({ experiment, base, folder, logLevel: io.logger.level }, io);
      if (outcome === 'interrupted') {
        printResult(io, { outcome, run: folder.path, resume: resume.join(' ') }, () =>
          [`Interrupted. What was finished is kept in ${shown}. Go on with`, `  ${resume.join(' ')}`].join('\n'),
        );
        return EXIT.interrupted;
      }
      const { page, table, reports } = await writeReport([folder.path], folder.path);
      await markFinished(folder);
      const clients = reports.flatMap((report) => report.clients);
      printResult(io, { outcome, run: folder.path, page, table, clients, deaths }, () =>
        [
          '',
          ...reports.map(resultText),
          '',
          ...deaths.map(
            ({ name, crashes, log }) => `${name} died ${crashes === 1 ? 'once' : `${crashes} times`}: ${log}`,
          ),
          `Page: ${resolve(page)}`,
        ].join('\n'),
      );
      return EXIT.ok;
    } catch (error) {
      io.logger.error({ reason: reasonOf(error), resume: resume.join(' ') }, 'the run stopped before its end');
      throw error;
    }
  },
});

/** Relative where it lies below the current folder, absolute elsewhere. */
function shortest(path: string): string {
  const inside = relative('.', path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
