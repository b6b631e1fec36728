/** One process of a federation test: a server or a client; says what happens in JSON lines, ends with the error's code on stderr. */
import { type RunClientOptions, runClient } from '@leakscope/client';
import { type RunServerOptions, runServer } from '@leakscope/server';
import { isLeakscopeError } from '@leakscope/shared/errors';
import { createLogger } from '@leakscope/shared/log';

type Options =
  | ({ role: 'server' } & Pick<RunServerOptions, 'experiment' | 'runDir' | 'port' | 'token' | 'patience'>)
  | ({ role: 'client' } & Pick<RunClientOptions, 'experiment' | 'clientId' | 'serverUrl' | 'token' | 'truthDir'>);

const say = (type: string, value: unknown) => process.stdout.write(`${JSON.stringify({ type, value })}\n`);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const shared = {
  signal: stop.signal,
  logger: createLogger({ name: 'peer', level: 'warn', pretty: false }),
  onProgress: (progress: unknown) => say('progress', progress),
};
try {
  const options = JSON.parse(process.argv[2] ?? '') as Options;
  if (options.role === 'server') {
    say('outcome', await runServer({ ...options, ...shared, onListening: ({ url }) => say('listening', url) }));
  } else {
    say('outcome', await runClient({ ...options, ...shared }));
  }
} catch (error) {
  process.stderr.write(`${isLeakscopeError(error) ? `${error.code}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
}
