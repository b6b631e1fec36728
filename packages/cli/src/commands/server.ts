/** `leakscope server`: the server of an experiment as one process. */

import { percent } from '@leakscope/report/format';
import { EXIT } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../inputs/experiment.ts';
import { inputDigests, softwareVersions } from '../inputs/provenance.ts';
import { integerOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'server',
  summary: 'runs the server of an experiment',
  description:
    'Rounds, aggregation, accuracy, and the copies of updates that attackers take from the run folder. Started again on the same folder it goes on from the last round. Clients present the token of LEAKSCOPE_TOKEN.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    run: { type: 'string', value: 'DIR', required: true, summary: 'run folder' },
    host: { type: 'string', value: 'ADDRESS', summary: "address to listen on; default the experiment's, 127.0.0.1" },
    port: { type: 'string', value: 'N', summary: "port to listen on, 0 for any; default the experiment's" },
  },
  examples: [
    {
      line: 'leakscope server exp.yaml --run runs/a --host 0.0.0.0 --port 7700',
      does: 'serve clients on other machines (set LEAKSCOPE_TOKEN first)',
    },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { experiment, base } = await openExperiment(path, options);
    const { runServer } = await import('@leakscope/server');
    const result = await runServer({
      experiment,
      runDir: options.run,
      base,
      ...(options.host ? { host: options.host } : {}),
      ...(options.port ? { port: integerOption('port', options.port) } : {}),
      signal: io.signal,
      logger: io.logger,
      versions: softwareVersions(),
      digests: await inputDigests(experiment, base),
      onProgress: ({ phase, done, total, detail }) => {
        const accuracy = detail.accuracy === undefined ? {} : { detail: `accuracy ${percent(detail.accuracy, 1)}` };
        io.progress.report({ phase: `rounds of ${phase}`, done, total, ...accuracy });
      },
      onListening: ({ url }) => {
        if (process.connected) process.send?.({ listening: url });
        io.logger.info({ url }, 'listening');
      },
    });
    io.progress.end();
    printResult(
      io,
      { ...result, run: options.run },
      () => `${options.run}: ${result.outcome} after ${result.rounds} rounds`,
    );
    return result.outcome === 'interrupted' ? EXIT.interrupted : EXIT.ok;
  },
});
