/** The installed command in a process of its own, as a user starts it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/leakscope.js', import.meta.url));

export interface Ending {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const leakscope = (cwd: string, ...args: string[]): Promise<Ending> =>
  new Promise((resolve) =>
    execFile(process.execPath, [LAUNCHER, ...args], { cwd }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  );
