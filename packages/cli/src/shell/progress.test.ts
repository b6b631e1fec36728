/** Progress: one line with estimates on a terminal, few log lines elsewhere. */
import { describe, expect, it } from 'vitest';
import { duration, logProgress, terminalProgress } from './progress.ts';

describe('terminalProgress', () => {
  it('estimates from the pace of the phase, shows phases side by side and leaves a line of each that is done', () => {
    let written = '';
    let now = 1000;
    const stream = { columns: 100, write: (text: string) => (written += text) };
    const progress = terminalProgress(stream, () => now);
    progress.report({ phase: 'attacks', done: 0, total: 10 });
    now += 4000;
    progress.report({ phase: 'attacks', done: 2, total: 10, detail: 'client none' });
    expect(written).toContain('attacks 2/10, 16 s left  client none');
    now += 1000;
    progress.report({ phase: 'rounds', done: 1, total: 2 });
    expect(written).toContain('attacks 2/10, 16 s left  client none | rounds 1/2');
    progress.report({ phase: 'rounds', done: 2, total: 2 });
    expect(written.split('\n')[0]).toMatch(/rounds 2\/2$/);
    progress.report({ phase: 'rounds', done: 2, total: 2 });
    expect(written.match(/rounds 2\/2/g)).toHaveLength(1);
    progress.end();
    expect(written.endsWith('\n')).toBe(true);
  });

  it('never wraps a narrow terminal', () => {
    const lines: string[] = [];
    const stream = { columns: 20, write: (text: string) => lines.push(text) };
    terminalProgress(stream).report({ phase: 'a phase with a very long name', done: 1, total: 2 });
    expect(lines.join('').replace('\r\x1b[2K', '').length).toBeLessThan(20);
  });
});

describe('logProgress', () => {
  it('logs the first event, the last one, and no more than one in the interval between', () => {
    const logged: number[] = [];
    const logger = { info: (event: object) => logged.push('done' in event ? Number(event.done) : -1) };
    let now = 0;
    const progress = logProgress(logger, 10_000, () => now);
    for (let done = 0; done <= 100; done++) {
      progress.report({ phase: 'attack', done, total: 100 });
      now += 500;
    }
    progress.report({ phase: 'attack', done: 100, total: 100 });
    expect(logged).toEqual([0, 20, 40, 60, 80, 100]);
  });
});

it('durations read as people say them', () => {
  expect([12_000, 200_000, 7_500_000].map(duration)).toEqual(['12 s', '3 min 20 s', '2 h 5 min']);
});
