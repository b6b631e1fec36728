/** Starts servers and clients of a test as processes of their own, as the commands do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Experiment } from '@leakscope/shared/config';

export interface Running {
  child: ChildProcess;
  /** Resolves with what the process said under `type`; rejects when it ends without. */
  until<T>(type: string): Promise<T>;
  /** Exit code, or the signal's name. */
  ended: Promise<number | string>;
  /** What it wrote to stderr. */
  errors(): string;
}

/** Runs `peer.ts` beside this module with `options` on its command line. */
export function startPeer(options: Record<string, unknown> & { experiment: Experiment }): Running {
  const peer = new URL('./peer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', peer, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: { type: string; value: unknown }[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  let stderr = '';
  let over = false;
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(JSON.parse(line) as { type: string; value: unknown });
    wake();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      wake();
      resolve(signal ?? code ?? 'unknown');
    });
  });
  return {
    child,
    ended,
    errors: () => stderr,
    async until<T>(type: string): Promise<T> {
      for (;;) {
        const index = said.findIndex((entry) => entry.type === type);
        if (index >= 0) return said.splice(index, 1)[0]?.value as T;
        if (over) throw new Error(`the process ended before it said ${type}: ${stderr}`);
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
  };
}
