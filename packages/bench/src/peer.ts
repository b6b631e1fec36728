/**
 * Another implementation of the benchmark's cases: a program that answers on its standard output, one JSON line a question.
 * It says `{"name": "..."}` when it is ready; asked `{"case": "matching/...", "calls": 5}` it answers
 * `{"ms": [...]}`, one time a call, or `{"ms": []}` for a case that it does not have. One that evaluates several candidates in a call
 * says how many: `{"ms": [...], "candidates": 32}`. It ends, with status 0, when its input does. `as-peer.ts` is the other side.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LeakscopeError } from '@leakscope/shared/errors';

export interface Peer {
  /** What it calls itself: implementation, version, threads. */
  readonly name: string;
  /** Times `calls` calls. Throws CLI_BENCH_PEER_FAILED. */
  time(name: string, calls: number): Promise<PeerTimes>;
  /** Ends it. Throws CLI_BENCH_PEER_FAILED where it ended badly: with `bench peer`, a case that was asked about was wrong. */
  close(): Promise<void>;
}

export interface PeerTimes {
  /** Milliseconds of each call; none for a case that the peer does not have. */
  readonly ms: readonly number[];
  /** Candidates that one call evaluates, or updates that it audits. */
  readonly candidates: number;
}

/** How the launcher has commands begin (packages/cli/bin/leakscope.js). */
const HUGE_PAGES = 'glibc.malloc.hugetlb=1';

/** A peer runs as it does by itself: with what its user set, without what the launcher did. */
function ownEnvironment({ GLIBC_TUNABLES, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return GLIBC_TUNABLES === undefined || GLIBC_TUNABLES === HUGE_PAGES ? rest : { ...rest, GLIBC_TUNABLES };
}

/** Starts `command` in a shell and waits until it is ready. Throws CLI_BENCH_PEER_FAILED. */
export async function openPeer(command: string): Promise<Peer> {
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: ownEnvironment(process.env),
  });
  const ended = new Promise<string | number | null>((resolve) => {
    child.once('close', (status, signal) => resolve(signal ?? status));
    child.once('error', ({ message }) => resolve(message));
  });
  // Writing to a program that is gone must not end this one: its missing answer says enough.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = (reason: string): LeakscopeError =>
    new LeakscopeError('CLI_BENCH_PEER_FAILED', { peer: command, reason });
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw failed('it ended without an answer');
    try {
      return Object(JSON.parse(line.value));
    } catch {
      throw failed(`its answer is no JSON: ${line.value.slice(0, 200)}`);
    }
  };
  const { name } = await answer();
  if (typeof name !== 'string') throw failed('it did not say its name');
  return {
    name,
    async time(of, calls) {
      child.stdin.write(`${JSON.stringify({ case: of, calls })}\n`);
      const { ms, candidates = 1 } = await answer();
      if (!Array.isArray(ms) || !ms.every(Number.isFinite)) throw failed(`it gave no times of ${of}`);
      if (!Number.isInteger(candidates) || Number(candidates) < 1) {
        throw failed(`its number of candidates is ${JSON.stringify(candidates)}`);
      }
      return { ms, candidates: Number(candidates) };
    },
    async close() {
      child.stdin.end();
      const how = await ended;
      if (how !== 0) throw failed(`it ended with ${typeof how === 'number' ? `status ${how}` : how}`);
    },
  };
}
