import { describe, expect, test } from 'vitest';
import { answerAsPeer } from './as-peer.ts';
import { type BenchCase, conditions, type Planned, time } from './case.ts';

/** A case whose calls are counted, and that is off by `rel_error`. */
function counted(name: string, rel_error = 0): { planned: Planned; opened: () => number; called: () => number } {
  let [opened, called] = [0, 0];
  return {
    planned: {
      name,
      async measure(options): Promise<BenchCase> {
        opened++;
        const call = async () => called++;
        const timing = await time({ name, prepare: () => 0, call, candidates: 4, warmUp: 2 }, options);
        return { name, ...timing, items: 4, rel_error, ...conditions({ executor: 'onnx' }, options) };
      },
    },
    opened: () => opened,
    called: () => called,
  };
}

async function* linesOf(...questions: (object | string)[]): AsyncGenerator<string> {
  for (const question of questions) yield typeof question === 'string' ? question : JSON.stringify(question);
}

async function answers(cases: Planned[], ...questions: (object | string)[]): Promise<object[]> {
  const said: object[] = [];
  await answerAsPeer(cases, {}, linesOf(...questions), (answer) => said.push(answer));
  return said;
}

describe('as a peer', () => {
  test('each question has as many times as it asks for, and a case is opened once for questions on end', async () => {
    const [a, b] = [counted('a'), counted('b')];
    const said = await answers(
      [a.planned, b.planned],
      { case: 'a', calls: 1 },
      { case: 'a', calls: 3 },
      { case: 'b', calls: 2 },
      { case: 'a', calls: 1 },
    );
    expect(said.map((answer) => (answer as { ms: number[] }).ms.length)).toEqual([1, 3, 2, 1]);
    expect(said[0]).toMatchObject({ candidates: 4 });
    expect([a.opened(), a.called()]).toEqual([2, 4 + 2 + 1 + 2]);
    expect([b.opened(), b.called()]).toEqual([1, 4]);
  });

  test('a case that it does not have has no times', async () => {
    expect(await answers([counted('a').planned], { case: 'b', calls: 3 })).toEqual([{ ms: [] }]);
  });

  test('a case that computes something else is refused', async () => {
    const wrong = answers([counted('a', 1e-3).planned], { case: 'a', calls: 1 }, { case: 'b', calls: 1 });
    await expect(wrong).rejects.toMatchObject({ code: 'CLI_BENCH_WRONG', details: { case: 'a' } });
  });

  test.each([
    ['hello', 'no JSON'],
    ['{"calls":1}', 'case is no text'],
    ['{"case":"a"}', 'calls is no whole number above 0'],
    ['{"case":"a","calls":1.5}', 'calls is no whole number above 0'],
  ])('%s is no question', async (line, reason) => {
    const asked = answers([counted('a').planned], line);
    await expect(asked).rejects.toMatchObject({ code: 'CLI_BENCH_QUESTION_INVALID', details: { line, reason } });
  });
});
