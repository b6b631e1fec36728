/** What every objective must do. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { type Chosen, using } from '../../contract/part.ts';
import { oneHotRows } from '../../matching/client-gradient.ts';
import { openLossFunction } from '../../matching/loss-function.ts';
import type { Objective } from '../../matching/objectives/objective.ts';
import { OBJECTIVES } from '../../matching/objectives/registry.ts';
import type { MatchingForm } from '../../matching/problem.ts';
import { type Victim, victimOf } from './victim.ts';

interface Subject {
  readonly objective: Chosen<Objective>;
  readonly victim: Victim;
  /** Candidates: the true image, and one that is none. */
  readonly points: Float32Array;
}

const CANDIDATES = 2;

/** The cases of an objective where pixels are searched. */
export const objectiveConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => open(spec, base), {
    'gives one finite distance a candidate': ['distance', finite],
    'is least, and next to nothing, where the gradient is the intercepted one': ['distance', leastAtTruth],
    'has a finite gradient in the image, which leads down': ['distance', leadsDown],
    'gives the same of ghosts as of gradients that are built': ['distance', formsAgree],
    'weighs every candidate by itself': ['distance', candidatesAlone],
  });

async function open(spec: string, base: string): Promise<Subject> {
  const { name, params } = parsePlugin(spec, 'objective');
  const victim = await victimOf(1);
  const [image = new Float32Array()] = victim.images;
  const other = seeded('conformance', 'other').normals(image.length);
  const points = Float32Array.from([...image, ...other.map((value) => Math.max(-1, Math.min(1, value / 2)))]);
  return { objective: using(await OBJECTIVES.find(name, base), params), victim, points };
}

async function evaluated({ objective, victim }: Subject, points: Float32Array, form: MatchingForm = 'explicit') {
  const { model, weights, update, labels } = victim;
  const population = points.length / (3 * 32 * 32);
  const every = Array.from({ length: population }, () => labels[0] as number);
  const loss = await openLossFunction({
    problem: { model, generator: null, population, objective, form },
    knowledge: { weights, updates: [update.update] },
    labels: oneHotRows(every, population, model.classes),
    executor: 'onnx',
  });
  try {
    return await loss.evaluate(points);
  } finally {
    await loss.release();
  }
}

async function finite(subject: Subject): Promise<void> {
  const { losses } = await evaluated(subject, subject.points);
  assert.equal(losses.length, CANDIDATES, `it gives ${losses.length} distances of ${CANDIDATES} candidates`);
  assert.ok(losses.every(Number.isFinite), `distances are ${[...losses].join(', ')}`);
}

async function leastAtTruth(subject: Subject): Promise<void> {
  const [own = 0, other = 0] = (await evaluated(subject, subject.points)).losses;
  assert.ok(other > 0, `the distance of another image is ${other}`);
  assert.ok(Math.abs(own) <= 1e-3 * other, `the distance is ${own} at the true image, ${other} at another`);
}

async function leadsDown(subject: Subject): Promise<void> {
  const far = subject.points.slice(subject.points.length / CANDIDATES);
  const { losses, gradient } = await evaluated(subject, far);
  assert.ok(gradient.every(Number.isFinite), 'a value of the gradient is not finite');
  const square = gradient.reduce((sum, value) => sum + value ** 2, 0);
  assert.ok(square > 0, 'the gradient is zero');
  // By first order a hundredth of the loss.
  const step = (0.01 * (losses[0] as number)) / square;
  const moved = await evaluated(
    subject,
    far.map((value, i) => value - step * (gradient[i] as number)),
  );
  assert.ok((moved.losses[0] as number) < (losses[0] as number), 'a small step against the gradient leads up');
}

async function formsAgree(subject: Subject): Promise<void> {
  const far = subject.points.slice(subject.points.length / CANDIDATES);
  const [built, ghost] = [await evaluated(subject, far), await evaluated(subject, far, 'ghost')];
  const [own = 0, other = 0] = [built.losses[0], ghost.losses[0]];
  assert.ok(Math.abs(own - other) <= 1e-3 * Math.abs(own), `${own} of built gradients, ${other} of ghosts`);
}

async function candidatesAlone(subject: Subject): Promise<void> {
  const far = subject.points.slice(subject.points.length / CANDIDATES);
  const [alone = 0] = (await evaluated(subject, far)).losses;
  const [, beside = 0] = (await evaluated(subject, subject.points)).losses;
  assert.ok(Math.abs(alone - beside) <= 1e-3 * Math.abs(alone), `${alone} alone, ${beside} beside another candidate`);
}
