/** An attack worker as a process of its own, for tests: its options are JSON on the command line; it tells its steps and result as JSON lines. */
import type { AttackConfig, QueueConfig } from '@leakscope/shared/config';
import { createLogger } from '@leakscope/shared/log';
import { runAttacker } from './run-attacker.ts';

const options = JSON.parse(process.argv[2] ?? '') as {
  runDir: string;
  worker: string;
  attacks: AttackConfig[];
  queue: QueueConfig;
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const result = await runAttacker({
  ...options,
  threads: 1,
  signal: stop.signal,
  logger: createLogger({ name: options.worker, level: 'warn', pretty: false }),
  onProgress: ({ detail }) => say({ step: detail?.step }),
});
say(result);
