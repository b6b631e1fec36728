/** `leakscope client`: one client of an experiment as one process. */
import { EXIT, LeakscopeError } from '@leakscope/shared/errors';
import { command } from '../command.ts';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../experiment.ts';
import { printResult } from '../io.ts';
import { replicaClient } from '../replica.ts';

export default command({
  name: 'client',
  summary: 'runs one client of an experiment',
  description:
    'Trains on its own shard, defends its updates and uploads them; reconnects until the server says that the run is over. Only with --truth do its examples leave the process.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    id: {
      type: 'string',
      value: 'ID',
      required: true,
      summary: "client of the experiment; `replica` takes the container's number",
    },
    server: { type: 'string', value: 'URL', summary: "address of the server; default the experiment's connection.url" },
    truth: { type: 'string', value: 'DIR', summary: 'write the examples behind each update here, for the evaluator' },
  },
  examples: [
    {
      line: 'leakscope client exp.yaml --id hospital --server ws://server:7700',
      does: 'take part as hospital (LEAKSCOPE_TOKEN is what the server expects)',
    },
    {
      line: 'leakscope client exp.yaml --id hospital --server ws://server:7700 --truth runs/a/truth',
      does: 'and let the evaluator see what was trained on',
    },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { experiment, base } = await openExperiment(path, options);
    const clientId =
      options.id === 'replica' ? await replicaClient(experiment.clients.map(({ id }) => id)) : options.id;
    const serverUrl = options.server ?? experiment.connection.url;
    if (serverUrl === undefined)
      throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: 'client', argument: '--server URL' });
    const tokens = process.env.LEAKSCOPE_TOKEN ?? experiment.server.token;
    const token = typeof tokens === 'object' ? tokens[clientId] : tokens;
    if (token === undefined) throw new LeakscopeError('CLI_TOKEN_MISSING', { command: 'client' });
    const { runClient } = await import('@leakscope/client');
    const outcome = await runClient({
      experiment,
      clientId,
      serverUrl,
      token,
      base,
      ...(options.truth ? { truthDir: options.truth } : {}),
      signal: io.signal,
      logger: io.logger,
      onProgress: ({ phase, done, total, detail }) =>
        io.progress.report({ phase, done, total, detail: `loss ${detail.loss.toFixed(3)}` }),
    });
    io.progress.end();
    printResult(io, { client: clientId, outcome }, () => `${clientId}: ${outcome}`);
    return outcome === 'interrupted' ? EXIT.interrupted : EXIT.ok;
  },
});
