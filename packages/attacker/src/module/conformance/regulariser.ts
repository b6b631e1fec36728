/** What every regulariser must do. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { type Chosen, using } from '../../contract/part.ts';
import { oneHotRows } from '../../matching/client-gradient.ts';
import { openLossFunction } from '../../matching/loss-function.ts';
import { l2 } from '../../matching/objectives/l2.ts';
import { none } from '../../matching/regularisers/none.ts';
import { REGULARISERS } from '../../matching/regularisers/registry.ts';
import type { Regulariser } from '../../matching/regularisers/regulariser.ts';
import { type Victim, victimOf } from './victim.ts';

interface Subject {
  readonly regulariser: Chosen<Regulariser>;
  readonly victim: Victim;
}

/** The cases of a regulariser where latents are searched. */
export const regulariserConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => open(spec, base), {
    'adds one finite amount a candidate, with a finite gradient': ['value', finite],
    'weighs every candidate by itself': ['value', candidatesAlone],
    'adds its value times its weight': ['weight', weighted],
  });

async function open(spec: string, base: string): Promise<Subject> {
  const { name, params } = parsePlugin(spec, 'regulariser');
  return { regulariser: using(await REGULARISERS.find(name, base), params), victim: await victimOf(1) };
}

const latents = ({ prior }: Victim): Float32Array =>
  seeded('conformance', 'latents').normals(2 * prior.generator.latent);

async function evaluated(victim: Victim, regulariser: Chosen<Regulariser>, points = latents(victim)) {
  const { model, weights, update, labels, prior } = victim;
  const population = points.length / prior.generator.latent;
  const every = Array.from({ length: population }, () => labels[0] as number);
  const loss = await openLossFunction({
    problem: {
      model,
      generator: prior.generator,
      population,
      objective: using(l2),
      regularisers: [regulariser],
      form: 'explicit',
    },
    knowledge: { weights, updates: [update.update], generatorWeights: prior.weights },
    labels: oneHotRows(every, population, model.classes),
    executor: 'onnx',
  });
  try {
    return await loss.evaluate(points);
  } finally {
    await loss.release();
  }
}

/** What it adds to the losses of two candidates. */
async function added({ regulariser, victim }: Subject): Promise<number[]> {
  const [more, bare] = [await evaluated(victim, regulariser), await evaluated(victim, using(none))];
  return [...more.losses].map((value, i) => value - (bare.losses[i] as number));
}

async function finite(subject: Subject): Promise<void> {
  const { losses, gradient } = await evaluated(subject.victim, subject.regulariser);
  assert.ok(losses.length === 2 && losses.every(Number.isFinite), `losses are ${[...losses].join(', ')}`);
  assert.ok(gradient.every(Number.isFinite), 'a value of the gradient is not finite');
}

async function candidatesAlone({ regulariser, victim }: Subject): Promise<void> {
  const [beside = 0] = (await evaluated(victim, regulariser)).losses;
  const first = latents(victim).slice(0, victim.prior.generator.latent);
  const [alone = 0] = (await evaluated(victim, regulariser, first)).losses;
  assert.ok(Math.abs(alone - beside) <= 1e-3 * Math.abs(alone), `${alone} alone, ${beside} beside another candidate`);
}

async function weighted({ regulariser, victim }: Subject): Promise<void> {
  const { part, params } = regulariser;
  const { penalty } = part;
  if (penalty === undefined) return;
  const twice: Regulariser = {
    ...part,
    name: `${part.name}-twice`,
    penalty: { ...penalty, weight: () => 2 * penalty.weight(params) },
  };
  const [once, double] = [
    await added({ regulariser, victim }),
    await added({ regulariser: { part: twice, params }, victim }),
  ];
  for (const [i, amount] of once.entries())
    assert.ok(
      Math.abs((double[i] as number) - 2 * amount) <= 0.05 * Math.abs(amount) + 1e-4,
      `twice the weight adds ${double[i]}, once ${amount}`,
    );
}
