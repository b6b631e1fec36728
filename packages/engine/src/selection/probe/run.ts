/** Tries an executor in a process of its own, with a time limit: a broken driver may crash or hang, and must not take a run along. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { adapterInLog, askedAdapter, nvidiaAdapter, TELLING_ENVIRONMENT } from './adapter.ts';
import type { Probed, ProbeResult } from './result.ts';
import { explained } from './why.ts';

export interface ProbeOptions {
  /** Whether it works at all, without timing it. */
  readonly quick?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

const CHILD = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url));

const argumentsOf = (executor: Probed, quick: boolean): string[] => [CHILD, executor, ...(quick ? ['--quick'] : [])];

const optionsOf = ({ environment = process.env, timeoutMs = TIMEOUT_MS }: ProbeOptions) => ({
  env: { ...environment, ...TELLING_ENVIRONMENT },
  timeout: timeoutMs,
  killSignal: 'SIGKILL' as const,
});

/** What an ended probe said, or how it ended. */
export function resultOf(
  ended: { status: number | null; signal: string | null; stdout: string; stderr: string },
  timeoutMs = TIMEOUT_MS,
): ProbeResult {
  const line = ended.stdout
    .trim()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  if (line !== undefined) return JSON.parse(line) as ProbeResult;
  if (ended.signal === 'SIGKILL') return { works: false, reason: `its probe gave no answer in ${timeoutMs / 1000} s` };
  return {
    works: false,
    reason: `its probe ended with ${ended.signal ?? `status ${ended.status}`}: the driver crashed`,
  };
}

/** A result with the GPU's name, or with the reason why there is none. */
function named(executor: Probed, result: ProbeResult, stderr: string): ProbeResult {
  if (!result.works) return explained(executor, result, stderr);
  if (result.device !== '') return result;
  const adapter = executor === 'onnx-cuda' ? nvidiaAdapter() : adapterInLog(stderr);
  return adapter === undefined ? result : { ...result, device: adapter.name, software: adapter.software };
}

/** Probes an executor; takes a second or two where it works. */
export async function probe(executor: Probed, options: ProbeOptions = {}): Promise<ProbeResult> {
  const child = spawn(process.execPath, argumentsOf(executor, options.quick ?? false), {
    ...optionsOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = await new Promise<ProbeResult>((resolve) => {
    child.once('error', (error) => resolve({ works: false, reason: `its probe cannot be started: ${error.message}` }));
    child.once('close', (status, signal) => resolve(resultOf({ status, signal, stdout, stderr }, options.timeoutMs)));
  });
  const known = named(executor, result, stderr);
  if (!known.works || known.device !== '') return known;
  const adapter = await askedAdapter();
  return {
    ...known,
    device: adapter?.name ?? 'a GPU that does not tell its name',
    software: adapter?.software ?? false,
  };
}

/** Whether an executor works, asked while the caller waits: for tests, which must know before they are collected. */
export function probeNow(executor: Probed, options: ProbeOptions = {}): ProbeResult {
  const ended = spawnSync(process.execPath, argumentsOf(executor, true), {
    ...optionsOf({ timeoutMs: 60_000, ...options }),
    encoding: 'utf8',
  });
  return named(executor, resultOf(ended, 60_000), ended.stderr);
}
