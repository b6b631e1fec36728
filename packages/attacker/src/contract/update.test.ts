import { classifier } from '@leakscope/models';
import { expect, test } from 'vitest';
import { gradientScale, type InterceptedUpdate } from './update.ts';

const plain = { steps: 1, learningRate: 0.25, momentum: 0, weightDecay: 0, proximal: 0 };
const of = (algorithm: InterceptedUpdate['algorithm'], local?: InterceptedUpdate['local']): InterceptedUpdate => ({
  ...{
    update: new Map(),
    weights: new Map(),
    model: classifier('lenet', { classes: 2 }),
    batchSize: 1,
    round: 0,
    algorithm,
  },
  ...(local === undefined ? {} : { local }),
});

test('a gradient is taken as it is, a change of weights by minus the rate of its steps', () => {
  expect(gradientScale('ggl', of('fedsgd'))).toEqual({ factor: 1, exact: true });
  expect(gradientScale('ggl', of('fedavg', plain))).toEqual({ factor: -4, exact: true });
  expect(gradientScale('ggl', of('fedprox', { ...plain, steps: 2 }))).toEqual({ factor: -2, exact: false });
  for (const algorithm of ['fedavg', 'fedprox'] as const)
    expect(() => gradientScale('ggl', of(algorithm))).toThrow(expect.objectContaining({ code: 'ATTACK_REFUSED' }));
});

test.each(['momentum', 'weightDecay', 'proximal'] as const)(
  'one step with %s is not called an exact gradient',
  (term) => {
    expect(gradientScale('ggl', of('fedprox', { ...plain, [term]: 0.1 })).exact).toBe(false);
  },
);
