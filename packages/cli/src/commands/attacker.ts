/** `leakscope attacker`: one attack worker. */
import { hostname } from 'node:os';
import { EXIT } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../inputs/experiment.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'attacker',
  summary: 'attacks the updates that a run intercepts',
  description:
    'Takes jobs from the queue in the run folder, as many workers as you start. Of the experiment it uses the sections attacks, queue, engine and threads alone: no data, no clients, no seed but the attacks’ own. Ends when the run is over and the queue is empty.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    run: {
      type: 'string',
      value: 'DIR',
      required: true,
      summary: 'run folder; an attacker needs its database and blobs',
    },
    worker: { type: 'string', value: 'NAME', summary: 'name in the queue; default host and process id' },
  },
  examples: [{ line: 'leakscope attacker exp.yaml --run runs/a', does: 'attack until the run is over' }],
  async run({ options, arguments: [path = ''], io }) {
    const { experiment, base } = await openExperiment(path, options);
    // From here on nothing of the experiment is known but how to attack.
    const { attacks, queue, engine, threads } = experiment;
    const { runAttacker } = await import('@leakscope/attacker');
    const result = await runAttacker({
      runDir: options.run,
      attacks,
      queue,
      engine,
      threads,
      base,
      worker: options.worker ?? `${hostname()}-${process.pid}`,
      signal: io.signal,
      logger: io.logger,
      onProgress: ({ phase, done, total, detail }) => {
        const step = detail && {
          detail: `${detail.job}: step ${detail.step}/${detail.steps}, loss ${detail.loss.toPrecision(4)}`,
        };
        io.progress.report({ phase, done, total, ...step });
      },
    });
    io.progress.end();
    printResult(io, result, () => `${result.outcome}: ${result.done} done, ${result.failed} failed`);
    return result.outcome === 'interrupted' ? EXIT.interrupted : EXIT.ok;
  },
});
