/** Supervision of real processes: what is started again, how often, and what is given up at once. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervise } from './supervisor.ts';

const reported: object[] = [];
const logger = { warn: (fields: object) => reported.push(fields) };
let folder = '';

beforeEach(async () => {
  reported.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'leakscope-supervisor-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('supervise', () => {
  it('is content with a process that succeeds, and keeps what it printed', async () => {
    const { ended } = supervise({ name: 'fine', argv: () => ['--version'], restarts: 3 }, folder, logger);
    expect(await ended).toMatchObject({ succeeded: true, status: '0', crashes: 0 });
    expect(await readFile(join(folder, 'fine.log'), 'utf8')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('starts a crashed process again, as often as it may, and reports each death', async () => {
    const starts: number[] = [];
    const argv = (start: number) => {
      starts.push(start);
      return ['--version'];
    };
    // Node itself refuses this option: the process dies before it runs anything of ours.
    const environment = { ...process.env, NODE_OPTIONS: '--no-such-option' };
    const ending = await supervise({ name: 'crash', argv, environment, restarts: 2 }, folder, logger).ended;
    expect(ending).toMatchObject({ succeeded: false, status: '9', crashes: 3 });
    expect(starts).toEqual([0, 1, 2]);
    expect(reported).toHaveLength(3);
    expect(await readFile(ending.log, 'utf8')).toContain('--no-such-option');
  });

  it('does not repeat a command line that can only fail again', async () => {
    const { ended } = supervise({ name: 'usage', argv: () => ['doctor', '--nonsense'], restarts: 3 }, folder, logger);
    expect(await ended).toMatchObject({ succeeded: false, status: '2', crashes: 1 });
  });

  it('does not start a process again that dies while it is being stopped', async () => {
    const environment = { ...process.env, NODE_OPTIONS: '--no-such-option' };
    const child = supervise({ name: 'stopped', argv: () => ['--version'], environment, restarts: 99 }, folder, logger);
    expect((await child.stop(5000)).crashes).toBeLessThanOrEqual(1);
  });
});
