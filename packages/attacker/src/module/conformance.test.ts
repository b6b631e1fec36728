/** The conformance suites over everything built in, and what they catch. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { OBJECTIVES } from '../matching/objectives/registry.ts';
import { REGULARISERS } from '../matching/regularisers/registry.ts';
import { ATTACKS } from '../registry.ts';
import { OPTIMISERS } from '../search/optimisers/registry.ts';
import {
  attackConformance,
  objectiveConformance,
  optimiserConformance,
  regulariserConformance,
} from './conformance.ts';

/** Choices that go other ways, and sizes for which a test has the time. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  best: ['best:evaluations=200'],
  gias: ['gias:weightSteps=2'],
  adam: ['adam', 'adam:signed=false'],
  'cma-es': ['cma-es', 'cma-es:population=8,restartStrategy=ipop', 'cma-es:population=8,restartStrategy=bipop'],
  turbo: ['turbo:steps=10,population=4,design=4', 'turbo:steps=10,population=4,design=4,regions=2'],
  hybrid: ['hybrid:generations=5,population=8'],
};
const specsOf = (names: readonly string[]): string[] => names.flatMap((name) => VARIANTS[name] ?? [name]);

describe.each([
  ['attack', specsOf(ATTACKS.names), attackConformance],
  ['optimiser', specsOf(OPTIMISERS.names), optimiserConformance],
  ['objective', OBJECTIVES.names, objectiveConformance],
  ['regulariser', REGULARISERS.names, regulariserConformance],
] as const)('every %s', (_, names, suite) => {
  for (const name of names) {
    describe(name, () => {
      for (const { name: what, run } of suite(name, '.')) test(what, run);
    });
  }
});

describe('the suites catch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-attack-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, source: string): string => {
    writeFileSync(join(folder, `${name}.mjs`), source);
    return `./${name}.mjs`;
  };

  const optimiser = (
    tell: string,
    ask = 'points',
  ) => `export default ({ defineOptimiser, steps, z }) => defineOptimiser({
    name: 'walk', summary: '', params: z.strictObject({ steps: steps.default(100) }),
    evaluates: 'gradients', startsAt: 'draws', points: () => 1,
    open({ start, random }) { const points = start.slice(); return { ask: () => ${ask}, tell({ gradient }) { ${tell} } }; } });`;
  test.each([
    ['one that stays', 'comes nearer', optimiser('')],
    ['one that asks for too little', 'asks for as many', optimiser('', 'points.slice(1)')],
    [
      'searches that see each other',
      'runs every search',
      optimiser('for (let i = 0; i < points.length; i++) points[i] -= 0.01 * gradient[points.length - 1 - i];'),
    ],
    [
      'draws of its own',
      'is a function',
      optimiser('for (let i = 0; i < points.length; i++) points[i] += Math.random();'),
    ],
  ])('optimiser: %s', async (fault, what, source) => {
    const path = write(fault.replaceAll(' ', '-'), source);
    await expect(
      optimiserConformance(path, folder)
        .find((one) => one.name.startsWith(what))
        ?.run(),
    ).rejects.toThrow();
  });

  const objective = (distance: string) => `export default ({ defineObjective, tf, z }) => defineObjective({
    name: 'far', summary: '', params: z.strictObject({}), asks: 'totals', distance: ({ square, dot, distance }) => ${distance} });`;
  test.each([
    ['one that is not least at the truth', 'is least', objective('tf.add(distance, 1)')],
    ['one that leads nowhere', 'has a finite gradient', objective('tf.mul(distance, 0)')],
    ['one number for all candidates', 'gives one finite', objective('tf.sum(distance)')],
  ])('objective: %s', async (fault, what, source) => {
    const path = write(fault.replaceAll(' ', '-'), source);
    await expect(
      objectiveConformance(path, folder)
        .find((one) => one.name.startsWith(what))
        ?.run(),
    ).rejects.toThrow();
  });

  const attack = (parts: string) => `export default ({ defineAttack, readUpdate, z }) => defineAttack({
    name: 'grey', summary: '', params: z.strictObject({}), requires: {},
    async reconstruct(input, params, context) {
      context.signal?.throwIfAborted();
      const { model, labels, estimates } = readUpdate('grey', input);
      const images = labels.map(() => new Float32Array(3 * 32 * 32));
      const found = { images, imageShape: model.inputShape, labels, loss: null, losses: [], restarts: [], steps: 0, beside: 1, width: 1, estimates };
      ${parts}
      return found;
    } });`;
  test('attack: nothing wrong with one that shows grey', async () => {
    for (const { run } of attackConformance(write('grey', attack('')), folder)) await run();
  });
  test.each([
    ['values out of range', 'gives as many images', attack('images[0][0] = 1.5;')],
    ['too few images', 'gives as many images', attack('images.pop();')],
    ['draws of its own', 'is a function', attack('images[0][0] = Math.random();')],
    ['a changed update', 'leaves update', attack('input.update.update.values().next().value.data[0] += 1;')],
    ['a record with more in it', 'gives a record', attack('found.note = 1;')],
    ['one that does not listen', 'stops when', attack('').replace('context.signal?.throwIfAborted();', '')],
  ])('attack: %s', async (fault, what, source) => {
    const path = write(`attack-${fault.replaceAll(' ', '-')}`, source);
    await expect(
      attackConformance(path, folder)
        .find((one) => one.name.startsWith(what))
        ?.run(),
    ).rejects.toThrow();
  });
});
