/** `leakscope client`: one client of an experiment as one process, or several in one. */
import { EXIT, LeakscopeError } from '@leakscope/shared/errors';
import { EXPERIMENT, EXPERIMENT_OPTIONS, openExperiment } from '../inputs/experiment.ts';
import { replicaClient } from '../inputs/replica.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'client',
  summary: 'runs one client of an experiment, or several in one process',
  description:
    'Trains on its own shard, defends its updates and uploads them; reconnects until the server says that the run is over. Only with --truth do its examples leave the process.',
  positionals: [EXPERIMENT],
  options: {
    ...EXPERIMENT_OPTIONS,
    id: {
      type: 'string',
      value: 'ID',
      multiple: true,
      summary:
        "client of the experiment; `replica` takes the container's number; repeated, this process hosts them all, with one copy of the data and of what is compiled",
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
      line: 'leakscope client exp.yaml --id ward-1 --id ward-2 --id ward-3 --server ws://server:7700',
      does: 'three clients that share one process',
    },
    {
      line: 'leakscope client exp.yaml --id hospital --server ws://server:7700 --truth runs/a/truth',
      does: 'and let the evaluator see what was trained on',
    },
  ],
  async run({ options, arguments: [path = ''], io }) {
    const { experiment, base } = await openExperiment(path, options);
    if (options.id.length === 0)
      throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: 'client', argument: '--id ID' });
    const all = experiment.clients.map(({ id }) => id);
    const chosen = await Promise.all(options.id.map((id) => (id === 'replica' ? replicaClient(all) : id)));
    const clientIds = [...new Set(chosen)];
    const serverUrl = options.server ?? experiment.connection.url;
    if (serverUrl === undefined)
      throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: 'client', argument: '--server URL' });
    const tokens = process.env.LEAKSCOPE_TOKEN ?? experiment.server.token;
    const tokenOf = (clientId: string): string => {
      const token = typeof tokens === 'object' ? tokens[clientId] : tokens;
      if (token === undefined) throw new LeakscopeError('CLI_TOKEN_MISSING', { command: 'client' });
      return token;
    };
    const { runClients } = await import('@leakscope/client');
    const outcomes = await runClients({
      experiment,
      clientIds,
      serverUrl,
      tokenOf,
      base,
      ...(options.truth ? { truthDir: options.truth } : {}),
      signal: io.signal,
      logger: io.logger,
      onProgress: (clientId, { phase, done, total, detail }) =>
        io.progress.report({
          phase: clientIds.length > 1 ? `${clientId}: ${phase}` : phase,
          done,
          total,
          detail: `loss ${detail.loss.toFixed(3)}`,
        }),
    });
    io.progress.end();
    for (const [client, outcome] of outcomes) printResult(io, { client, outcome }, () => `${client}: ${outcome}`);
    return [...outcomes.values()].includes('interrupted') ? EXIT.interrupted : EXIT.ok;
  },
});
