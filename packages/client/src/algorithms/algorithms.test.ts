import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { fedavg } from './fedavg.ts';
import { fedprox } from './fedprox.ts';
import { fedsgd } from './fedsgd.ts';
import type { LocalRound } from './local-algorithm.ts';

/** A model with one weight and loss mean (w - x)^2 / 2, and a buffer that counts steps. */
function linearRound(changes: Partial<LocalRound> = {}): LocalRound {
  return {
    weights: new Map([
      ['w', tensor([1], new Float32Array([1]))],
      ['steps', tensor([1])],
    ]),
    batches: [0, 2, 4].map((x) => ({ images: new Float32Array([x]), labels: [0] })),
    learningRate: 0.5,
    momentum: 0,
    weightDecay: 0,
    proximal: 0,
    async gradient(weights, batch) {
      const error = (value(weights, 'w') ?? 0) - (batch.images[0] ?? 0);
      return {
        loss: error ** 2 / 2,
        correct: 1,
        gradient: new Map([['w', tensor([1], new Float32Array([error]))]]),
        buffers: new Map([['steps', tensor([1], new Float32Array([(value(weights, 'steps') ?? 0) + 1]))]]),
      };
    },
    ...changes,
  };
}
const value = (tensors: NamedTensors, name: string) => tensors.get(name)?.data[0];

test('FedSGD uploads the gradient of the first batch', async () => {
  const { update, buffers, loss, accuracy } = await fedsgd.run(linearRound());
  expect(value(update, 'w')).toBe(1);
  expect(value(buffers, 'steps')).toBe(1);
  expect([...update.keys()]).toEqual(['w']);
  expect(loss).toBe(0.5);
  expect(accuracy).toBe(1);
});

describe('FedAvg', () => {
  test('uploads the change of the weights after its steps, and leaves the round as it was', async () => {
    const round = linearRound();
    const { update, buffers, loss } = await fedavg.run(round);
    // 1 -> .5 -> 1.25 -> 2.625
    expect(value(update, 'w')).toBe(1.625);
    expect(value(buffers, 'steps')).toBe(3);
    expect(loss).toBeCloseTo((0.5 + 1.5 ** 2 / 2 + 2.75 ** 2 / 2) / 3, 6);
    expect(value(round.weights, 'w')).toBe(1);
  });

  test('with one plain step is FedSGD times minus the learning rate', async () => {
    const one = linearRound({ batches: [{ images: new Float32Array([-3]), labels: [0] }] });
    const gradient = value((await fedsgd.run(one)).update, 'w') ?? Number.NaN;
    expect(value((await fedavg.run(one)).update, 'w')).toBeCloseTo(-0.5 * gradient, 6);
  });
});

describe('FedProx', () => {
  test('without its term is FedAvg', async () => {
    expect(await fedprox.run(linearRound())).toEqual(await fedavg.run(linearRound()));
  });

  test('pulls back to the round weights', async () => {
    const { update } = await fedprox.run(linearRound({ proximal: 1 }));
    // 1 -> .5; gradient -1.5 + (.5 - 1) -> 1.5; gradient -2.5 + .5 -> 2.5
    expect(value(update, 'w')).toBe(1.5);
  });
});
