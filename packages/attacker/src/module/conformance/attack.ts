/** What every attack must do. */
import assert from 'node:assert/strict';
import { isLeakscopeError } from '@leakscope/shared/errors';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { reconstructionDetailsSchema } from '@leakscope/shared/reconstruction';
import { equalTensors, type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import type { Attack, AttackContext, AttackInput } from '../../contract/attack.ts';
import type { AttackPlan } from '../../contract/plan.ts';
import type { Reconstruction } from '../../contract/reconstruction.ts';
import { reconstructionDetails } from '../../contract/reconstruction-file.ts';
import { ATTACKS, parseAttack, threatModel } from '../../registry.ts';
import { GENERATOR, type Victim, victimOf } from './victim.ts';

interface Subject {
  readonly attack: Attack;
  readonly plan: AttackPlan;
  readonly victim: Victim;
  /** What the attack finds with nothing else said; it is run once for all cases. */
  found(): Promise<Reconstruction>;
}

/** The cases of an attack on one small update; of its parameters, generator and steps are the suite's where they are not given. */
export const attackConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => open(spec, base), {
    'gives as many images as the batch has, of the size of the input, within [-1, 1]': ['reconstruct', shapedImages],
    'gives each image a label of the classes': ['reconstruct', labelled],
    'is a function of update and parameters': ['reconstruct', repeatable],
    'leaves update and weights as they are': ['reconstruct', unchanged],
    'gives a record that can be kept': ['reconstruct', recorded],
    'stops when it is told to': ['reconstruct', stopping],
    'takes a batch of two, or says that it does not': ['requires', batches],
    'is refused where less is known than it requires': ['requires', refused],
    'gives each update of a cohort what it gives it alone': ['cohort', cohorts],
  });

async function open(spec: string, base: string): Promise<Subject> {
  const { name, params } = parsePlugin(spec, 'attack');
  const attack = await ATTACKS.find(name, base);
  const known = new Set([...Object.keys(attack.params.shape), ...(attack.parts?.optimizer ? ['steps'] : [])]);
  const defaults = Object.entries({ generator: GENERATOR, steps: 3 }).filter(([key]) => known.has(key));
  const plan = await parseAttack({ name, params: { ...Object.fromEntries(defaults), ...params } }, base);
  const victim = await victimOf(1);
  let found: Promise<Reconstruction> | undefined;
  const subject: Subject = {
    ...{ attack, plan, victim },
    found() {
      found ??= run(subject);
      return found;
    },
  };
  return subject;
}

/** All that the attack may ask to know. */
function inputOf({ attack }: Subject, { update, labels }: Victim): AttackInput {
  const known = attack.requires.labels === 'known';
  const threat = threatModel(known ? { labels: 'known' } : {});
  return { update, threat, ...(known && { oracle: { labels } }) };
}

const run = (subject: Subject, context: AttackContext = {}, victim = subject.victim): Promise<Reconstruction> =>
  subject.plan.reconstruct(inputOf(subject, victim), context);

async function shapedImages(subject: Subject): Promise<void> {
  const { images, imageShape } = await subject.found();
  assert.deepEqual([...imageShape], [...subject.victim.model.inputShape], 'imageShape is not the input of the model');
  for (const image of images) {
    assert.equal(image.length, sizeOf(imageShape), 'an image has another size than imageShape says');
    assert.ok(
      image.every((value) => Math.abs(value) <= 1),
      'a value of an image is not in [-1, 1]',
    );
  }
}

async function labelled(subject: Subject): Promise<void> {
  const { labels } = await subject.found();
  const { classes } = subject.victim.model;
  for (const label of labels)
    assert.ok(
      Number.isInteger(label) && label >= 0 && label < classes,
      `label ${label} is not one of ${classes} classes`,
    );
}

async function repeatable(subject: Subject): Promise<void> {
  const [first, second] = [await subject.found(), await run(subject)];
  assert.deepEqual(second.images, first.images, 'two runs give different images: draw from the seed alone');
  assert.deepEqual(reconstructionDetails(second), reconstructionDetails(first), 'two runs give different records');
}

async function unchanged(subject: Subject): Promise<void> {
  const { update, weights } = subject.victim.update;
  const kept = [copyOf(update), copyOf(weights)] as const;
  await run(subject);
  assert.ok(equalTensors(update, kept[0]), 'it changed the update');
  assert.ok(equalTensors(weights, kept[1]), 'it changed the weights');
}

const copyOf = (tensors: NamedTensors): NamedTensors =>
  new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

async function recorded(subject: Subject): Promise<void> {
  const result = reconstructionDetailsSchema.safeParse(reconstructionDetails(await subject.found()));
  const [issue] = result.error?.issues ?? [];
  assert.ok(issue === undefined, `${issue?.path.join('.')}: ${issue?.message}`);
}

async function stopping(subject: Subject): Promise<void> {
  const reason = new Error('told to stop');
  await assert.rejects(
    run(subject, { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
    'it goes on although context.signal is aborted: call context.signal?.throwIfAborted() between steps',
  );
}

async function batches(subject: Subject): Promise<void> {
  const two = await victimOf(2);
  const { largestBatch = 2 } = subject.attack.requires;
  if (largestBatch < 2) return assert.rejects(run(subject, {}, two), isRefusal);
  assert.equal((await run(subject, {}, two)).images.length, 2, 'it does not give two images');
}

async function refused(subject: Subject): Promise<void> {
  if (subject.attack.requires.labels !== 'known') return;
  const { update } = subject.victim;
  await assert.rejects(subject.plan.reconstruct({ update, threat: threatModel() }), isRefusal);
}

const isRefusal = (error: unknown): boolean => isLeakscopeError(error, 'ATTACK_REFUSED');

async function cohorts(subject: Subject): Promise<void> {
  const { cohort } = subject.plan;
  if (cohort === undefined) return;
  const input = inputOf(subject, subject.victim);
  const outcomes = await cohort.reconstruct([input, input]);
  assert.equal(outcomes.length, 2, 'it does not give one outcome an update');
  const alone = await subject.found();
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
    const [loss, own] = [outcome.value.loss ?? 0, alone.loss ?? 0];
    assert.ok(Math.abs(loss - own) <= 1e-2 * Math.abs(own), `its loss is ${loss} in a cohort, ${own} alone`);
  }
}
