import { l2, type MatchingKnowledge, type MatchingProblem, using } from '@leakscope/attacker/matching';
import { sparsify, type Transform } from '@leakscope/defenses';
import { classifier, generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { sizeOf } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { LARGEST_ERROR } from './case.ts';
import { matchingError } from './matching-reference.ts';
import { type Outputs, outputsOf } from './matching-session.ts';
import { interceptedGradient } from './victim.ts';

const options = { executor: 'onnx' } as const;
const model = classifier('resnet18-imagenet', { classes: 2, resolution: 32 });
const prior = generator('ggl-wgan32');
const weights = model.initialise(seeded('reference', 'model'));
const image = seeded('reference', 'image').normals(sizeOf(model.inputShape)).map(Math.tanh);
const update = await interceptedGradient(model, weights, image, options);
const sparse = await sparsify.apply(update, { fraction: 0.9 }, { random: (...path) => seeded('reference', ...path) });
const mask = sparsify.attackerView(sparse, 'estimated');

const inputs = { z: seeded('reference', 'z').normals(prior.latent), label: Float32Array.of(0, 1) };
const knowledge: MatchingKnowledge = {
  weights,
  updates: [sparse],
  generatorWeights: prior.initialise(seeded('reference', 'prior')),
};
const problem = (transform: Transform): MatchingProblem => ({
  model,
  generator: prior,
  population: 1,
  objective: using(l2),
  transforms: [transform],
});

async function given(of: MatchingProblem): Promise<Outputs> {
  const [outputs] = await outputsOf(of, knowledge, [inputs], options);
  return outputs as Outputs;
}

test('a masked step agrees with ghosts that see no mask; one that leaves the mask out does not', async () => {
  const masked = problem(mask);
  const error = async (outputs: Outputs) => matchingError(masked, knowledge, [{ inputs, outputs }], options);
  expect(await error(await given(masked))).toBeLessThan(LARGEST_ERROR);
  expect(await error(await given(problem({ kind: 'identity' })))).toBeGreaterThan(0.01);
});

test('an unmasked step is held against the explicit form', async () => {
  const whole = problem({ kind: 'identity' });
  const outputs = await given(whole);
  const error = async (got: Outputs) => matchingError(whole, knowledge, [{ inputs, outputs: got }], options);
  expect(await error(outputs)).toBeLessThan(LARGEST_ERROR);
  expect(await error({ ...outputs, grad: (outputs.grad as Float32Array).map((value) => 1.01 * value) })).toBeCloseTo(
    0.01,
    4,
  );
});
