/** One Leakscope timed beside another, each in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/leakscope.js', import.meta.url));

it('a Leakscope is the peer of another', { timeout: 60_000 }, async () => {
  const peer = `"${process.execPath}" "${LAUNCHER}" bench peer --executor onnx --threads 1`;
  const options = ['--case', 'conv3x3-256', '--calls', '2', '--executor', 'onnx', '--history', 'none', '--json'];
  const command = [LAUNCHER, 'bench', 'peak', ...options, '--peer', peer];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'peak/conv3x3-256/8/batch8',
    calls: 2,
    peer: { name: expect.stringMatching(/^Leakscope .+, executor onnx, 1 threads$/), calls: 2, candidates: 1 },
  });
});

it('a peer that cannot answer ends, though its input is open', { timeout: 60_000 }, async () => {
  const peer = spawn(process.execPath, [LAUNCHER, 'bench', 'peer'], { stdio: ['pipe', 'ignore', 'pipe'] });
  peer.stdin.write('hello\n');
  const [errors, [status]] = await Promise.all([text(peer.stderr), once(peer, 'close')]);
  expect(errors).toContain('CLI_BENCH_QUESTION_INVALID');
  expect(status).toBe(3);
});

it('ends with its own exit code when it is interrupted, and reports no fault', { timeout: 60_000 }, async () => {
  const program = [
    'const say = (answer) => console.log(JSON.stringify(answer));',
    `say({ name: 'x' });`,
    `process.stdin.on('data', () => { console.error('asked'); say({ ms: [1] }); });`,
  ].join(' ');
  const options = ['--case', 'conv3x3-256', '--calls', '1000000', '--executor', 'onnx', '--history', 'none'];
  const peer = `"${process.execPath}" -e "${program}"`;
  const bench = spawn(process.execPath, [LAUNCHER, 'bench', 'peak', ...options, '--peer', peer]);
  let errors = '';
  bench.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!errors.includes('asked') && text.includes('asked')) bench.kill('SIGTERM');
    errors += text;
  });
  expect((await once(bench, 'close'))[0]).toBe(130);
  expect(errors).toContain('CLI_INTERRUPTED: stopped by SIGTERM before it was done');
});
