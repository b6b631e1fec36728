import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { SERVER_OPTIMISERS, serverOptimiser } from './registry.ts';

const named = (...values: number[]): NamedTensors =>
  new Map([['w', tensor([values.length], Float32Array.from(values))]]);
const values = (tensors: NamedTensors) => [...(tensors.get('w')?.data ?? [])];

describe.each(SERVER_OPTIMISERS.map(({ name }) => name))('%s', (name) => {
  const create = () => serverOptimiser(name);

  test('rate 0 keeps the weights bit for bit', () => {
    const w = named(0.1, -3e-8, 7);
    create().step(w, named(1, -2, 3), 0);
    expect(w).toEqual(named(0.1, -3e-8, 7));
  });

  test('moves along the direction', () => {
    const w = named(1, 1);
    create().step(w, named(0.5, -0.5), 0.1);
    const [up = 0, down = 0] = values(w);
    expect(up).toBeGreaterThan(1);
    expect(down).toBeLessThan(1);
  });

  test('goes on from its state as if never stopped', () => {
    const whole = create();
    const w = named(1, 2);
    whole.step(w, named(0.3, -0.1), 0.5);
    const resumed = create();
    resumed.restore(whole.state());
    const copy = named(...values(w));
    whole.step(w, named(-0.2, 0.4), 0.5);
    resumed.step(copy, named(-0.2, 0.4), 0.5);
    expect(copy).toEqual(w);
  });
});

test('adam follows the paper for one step', () => {
  const w = named(0);
  serverOptimiser('adam:beta1=0.9,beta2=0.99,tau=1e-3').step(w, named(0.2), 0.1);
  expect(values(w)[0]).toBeCloseTo((0.1 * 0.1 * 0.2) / (Math.sqrt(0.01 * 0.04) + 1e-3), 6);
});

test('an unknown optimiser and a wrong parameter are named', () => {
  const coded = (code: string, details: object) =>
    expect.objectContaining({ code, details: expect.objectContaining(details) });
  expect(() => serverOptimiser('adams')).toThrow(coded('SERVER_OPTIMISER_UNKNOWN', { suggestion: 'adam' }));
  expect(() => serverOptimiser('adam:beta1=1')).toThrow(
    coded('SERVER_PARAMETER_INVALID', { owner: 'adam', field: 'beta1', value: 1 }),
  );
});
