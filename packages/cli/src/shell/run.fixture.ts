/** The command as its user runs it, in a process of its own, for tests. */
import { fork } from 'node:child_process';
import { LAUNCHER } from './child.ts';

/** Runs one short command line and collects what it printed. `status` is the exit code or the signal's name. */
export async function runCli(
  argv: readonly string[],
  { timeoutMs, environment = process.env }: { timeoutMs: number; environment?: NodeJS.ProcessEnv },
): Promise<{ status: string; stdout: string; stderr: string }> {
  const child = fork(LAUNCHER, argv, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environment,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ status: signal ?? String(code), stdout, stderr }));
  });
}
