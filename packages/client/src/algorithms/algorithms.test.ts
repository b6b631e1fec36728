import { resolveExperiment, type Training, UPLOADS } from '@leakscope/shared/config';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import type { LocalRound } from './local-algorithm.ts';
import { LOCAL_ALGORITHMS } from './registry.ts';

/** A model with one weight and loss mean (w - x)^2 / 2, and a buffer that counts steps. */
function linearRound(changes: Partial<LocalRound> = {}): LocalRound {
  return {
    weights: new Map([
      ['w', tensor([1], new Float32Array([1]))],
      ['steps', tensor([1])],
    ]),
    batches: [0, 2, 4].map((x) => ({ images: new Float32Array([x]), labels: [0] })),
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
const { training } = resolveExperiment({ training: { learningRate: 0.5 } });

/** As the trainer runs it: with the keys of `training` that the algorithm takes. */
function run(name: Training['algorithm'], round: LocalRound, changes: Partial<Training> = {}) {
  const algorithm = LOCAL_ALGORITHMS[name];
  return algorithm.run(round, algorithm.params.parse({ ...training, ...changes }));
}

const value = (tensors: NamedTensors, name: string) => tensors.get(name)?.data[0];

test('FedSGD uploads the gradient of the first batch', async () => {
  const { update, buffers, loss, accuracy } = await run('fedsgd', linearRound());
  expect(value(update, 'w')).toBe(1);
  expect(value(buffers, 'steps')).toBe(1);
  expect([...update.keys()]).toEqual(['w']);
  expect(loss).toBe(0.5);
  expect(accuracy).toBe(1);
});

describe('FedAvg', () => {
  test('uploads the change of the weights after its steps, and leaves the round as it was', async () => {
    const round = linearRound();
    const { update, buffers, loss } = await run('fedavg', round);
    // 1 -> .5 -> 1.25 -> 2.625
    expect(value(update, 'w')).toBe(1.625);
    expect(value(buffers, 'steps')).toBe(3);
    expect(loss).toBeCloseTo((0.5 + 1.5 ** 2 / 2 + 2.75 ** 2 / 2) / 3, 6);
    expect(value(round.weights, 'w')).toBe(1);
  });

  test('with one plain step is FedSGD times minus the learning rate', async () => {
    const one = linearRound({ batches: [{ images: new Float32Array([-3]), labels: [0] }] });
    const gradient = value((await run('fedsgd', one)).update, 'w') ?? Number.NaN;
    expect(value((await run('fedavg', one)).update, 'w')).toBeCloseTo(-0.5 * gradient, 6);
  });
});

describe('FedProx', () => {
  test('without its term is FedAvg', async () => {
    expect(await run('fedprox', linearRound())).toEqual(await run('fedavg', linearRound()));
  });

  test('pulls back to the round weights', async () => {
    const { update } = await run('fedprox', linearRound(), { proximal: 1 });
    // 1 -> .5; gradient -1.5 + (.5 - 1) -> 1.5; gradient -2.5 + .5 -> 2.5
    expect(value(update, 'w')).toBe(1.5);
  });
});

test.each(Object.keys(UPLOADS) as Training['algorithm'][])('%s is found by its name', (name) => {
  expect(LOCAL_ALGORITHMS[name]).toMatchObject({ name, batches: UPLOADS[name] === 'gradient' ? 'one' : 'one a step' });
});

test('FedAvg takes no proximal term, whatever the experiment says of it', async () => {
  expect(await run('fedavg', linearRound(), { proximal: 1 })).toEqual(await run('fedavg', linearRound()));
});
