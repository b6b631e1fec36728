/** `leakscope evaluator`: holds committed reconstructions against the truth. */
import { EXIT } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../inputs/experiment.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'evaluator',
  summary: 'evaluates the reconstructions of a run',
  description:
    'Reads the truth of an update only after the hash of its reconstruction is committed; computes floor, ceiling, metrics and decoy ranks; ends when the run is over and everything is evaluated.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    run: { type: 'string', value: 'DIR', required: true, summary: 'run folder, with the truth that clients wrote' },
  },
  examples: [
    {
      line: 'leakscope evaluator exp.yaml --run runs/a',
      does: 'evaluate what attackers commit, until the run is over',
    },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { experiment, base } = await openExperiment(path, options);
    const { runEvaluator } = await import('@leakscope/evaluator');
    const result = await runEvaluator({
      experiment,
      runDir: options.run,
      base,
      signal: io.signal,
      logger: io.logger,
      onProgress: io.progress.report,
    });
    io.progress.end();
    printResult(io, result, () => `${result.outcome}: ${result.records} records, ${result.failures} failed attacks`);
    return result.outcome === 'interrupted' ? EXIT.interrupted : EXIT.ok;
  },
});
