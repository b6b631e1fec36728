import { expect, test, vi } from 'vitest';
import { openPeer } from './peer.ts';

/** A peer of one line of JavaScript: `answer` is an expression of the question `q`. */
const program = (hello: string, answer: string): string => {
  const body = `const say=(x)=>console.log(typeof x==='string'?x:JSON.stringify(x));say(${hello});require('readline').createInterface({input:process.stdin}).on('line',(l)=>{const q=JSON.parse(l);say(${answer})})`;
  return `"${process.execPath}" -e ${JSON.stringify(body)}`;
};

test('says its name, answers with as many times as asked, and ends with its input', async () => {
  const peer = await openPeer(program('{name:1+1+"nd"}', '{ms:Array(q.calls).fill(q.case.length)}'));
  expect(peer.name).toBe('2nd');
  expect(await peer.time('abc', 2)).toEqual({ ms: [3, 3], candidates: 1 });
  expect(await peer.time('abcd', 1)).toEqual({ ms: [4], candidates: 1 });
  await peer.close();
});

test.each([
  ['glibc.malloc.hugetlb=1', 'none'],
  ['glibc.malloc.check=0', 'glibc.malloc.check=0'],
])('begins without the huge pages that the launcher asks for, and with what the user set: %s', async (set, has) => {
  vi.stubEnv('GLIBC_TUNABLES', set);
  const peer = await openPeer(program("{name:process.env.GLIBC_TUNABLES??'none'}", 'q'));
  vi.unstubAllEnvs();
  expect(peer.name).toBe(has);
  await peer.close();
});

test.each([
  ['no program', 'exit 3', 'it ended without an answer'],
  ['no name', program('{}', 'q'), 'it did not say its name'],
  ['no JSON', program("'hello'", 'q'), 'its answer is no JSON: hello'],
])('%s', async (_, command, reason) => {
  await expect(openPeer(command)).rejects.toMatchObject({ code: 'CLI_BENCH_PEER_FAILED', details: { reason } });
});

test.each([
  ['no times', '{}'],
  ['a time that is no number', "{ms:['1']}"],
  ['no number of candidates', '{ms:[1],candidates:0}', 'its number of candidates is 0'],
])('%s', async (_, answer, reason = 'it gave no times of case') => {
  const peer = await openPeer(program("{name:'x'}", answer));
  await expect(peer.time('case', 1)).rejects.toMatchObject({ details: { reason } });
  await peer.close();
});
