import {
  type Chosen,
  cosine,
  l2,
  type MatchingForm,
  type MatchingProblem,
  matchingProgram,
  matchingTensors,
  type Objective,
  searchedInput,
  using,
} from '@leakscope/attacker/matching';
import { applyTransform, IDENTITY, type Transform } from '@leakscope/defenses';
import { type ExecutorName, openSession } from '@leakscope/engine';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { transformOf } from './defended.ts';
import { describeHeavy } from './executors.ts';
import { startOf } from './explicit.ts';
import { DEFENCES, type DefenceName, fixture } from './fixture.ts';
import { type Stem, type StemName, stem } from './networks.ts';
import { observe } from './observed.ts';
import { assertParity, compareTensor, compareValue, normOf } from './tolerance.ts';

const MINUTES = 60_000;

interface Step {
  readonly match: number;
  readonly grad: Float32Array;
  readonly gSquare: number;
  readonly gDotY: number;
}

interface Options {
  readonly form: MatchingForm;
  readonly objective: Chosen<Objective>;
  readonly transform?: Transform;
}

/** One evaluation of the attacker's own matching program, at the fixture's starting point. */
async function match(
  executor: ExecutorName,
  network: Stem,
  y: NamedTensors,
  { transform = IDENTITY, ...comparison }: Options,
): Promise<Step> {
  const start = startOf(network);
  const { generator } = start;
  const problem: MatchingProblem = {
    model: network.model,
    generator,
    population: 1,
    transforms: [transform],
    ...comparison,
  };
  const update = applyTransform(y, transform);
  const knowledge = { weights: network.weights, updates: [update], generatorWeights: start.weights };
  const bound = [...matchingTensors(problem, knowledge)].map(([name, { data }]) => [name, data] as const);
  const session = await openSession(matchingProgram(problem), { bound: Object.fromEntries(bound), executor });
  try {
    const out = await session.run({ [searchedInput(problem)]: start.tensor.data, label: network.oneHot.data });
    const scalar = (name: string): number => out[name]?.[0] ?? Number.NaN;
    return {
      match: scalar('match'),
      grad: out.grad ?? new Float32Array(),
      gSquare: scalar('g_sq'),
      gDotY: scalar('g_dot_y'),
    };
  } finally {
    await session.release();
  }
}

type Case = 'l2_sum' | 'l2_mean' | 'cosine' | DefenceName;

/** What each form is checked by. A mask makes every layer explicit; the Gram matrix of 224x224 pixels fits no memory. */
const CASES: Readonly<Record<StemName, Partial<Record<MatchingForm, readonly Case[]>>>> = {
  cifar: {
    explicit: ['l2_sum', 'cosine', 'clip_global_S4', 'clip_layer_S0.5', 'sparsify_p0.9', 'soteria_p0.8'],
    ghost: ['l2_sum', 'cosine', ...DEFENCES.filter((name) => name !== 'sparsify_p0.9')],
    auto: ['l2_sum', 'l2_mean'],
  },
  // The fixture has defences for cifar alone.
  imagenet: { explicit: ['l2_sum', 'cosine'], auto: ['l2_sum', 'l2_mean', 'cosine'] },
};

function isDefence(name: Case): name is DefenceName {
  return DEFENCES.some((defence) => defence === name);
}

function suite(name: StemName, executor: ExecutorName): void {
  const network = stem(name);
  const { matching } = network.section;
  const plain = new Map<MatchingForm, Step>();
  let y: NamedTensors;
  beforeAll(async () => {
    ({ y } = await observe(executor, network));
  }, 10 * MINUTES);

  async function step(form: MatchingForm, key: Case): Promise<Step> {
    if (isDefence(key))
      return match(executor, network, y, { form, objective: using(l2), transform: await transformOf(key, y) });
    const objective = key === 'cosine' ? using(cosine) : using(l2, { lossScale: key === 'l2_mean' ? 'mean' : 'sum' });
    return match(executor, network, y, { form, objective });
  }

  const forms = Object.keys(CASES[name]) as MatchingForm[];
  for (const form of forms) {
    const cases = CASES[name][form] ?? [];
    test.each(cases)(
      `${form}: %s`,
      async (key) => {
        const got = await step(form, key);
        if (key === 'l2_sum') plain.set(form, got);
        const expected = isDefence(key) ? fixture.cifar.matching.defended[key] : matching.objectives[key];
        assertParity(key, compareValue(got.match, expected));
        assertParity(`d ${key}`, compareTensor(got.grad, expected.grad));
        if (isDefence(key)) return;
        assertParity('||g||²', compareValue(got.gSquare, matching.g_sq));
        assertParity('<g, y>', compareValue(got.gDotY, matching.g_dot_y));
      },
      30 * MINUTES,
    );
  }

  test.each(forms.filter((form) => form !== 'explicit'))(
    '%s and explicit agree: 1e-6 of ||g||² + ||y||² in value, 1e-4 in gradient',
    (form) => {
      const [explicit, other] = [plain.get('explicit'), plain.get(form)];
      if (explicit === undefined || other === undefined) throw new Error('both forms must have run');
      const scale = matching.g_sq.value + matching.y_sq.value;
      expect(Math.abs(other.match - explicit.match)).toBeLessThan(1e-6 * scale);
      const difference = normOf(other.grad.map((value, i) => value - (explicit.grad[i] as number)));
      expect(difference).toBeLessThan(1e-4 * normOf(explicit.grad));
    },
  );
}

describeHeavy("the attacker's matching, cifar", (executor) => suite('cifar', executor));
describeHeavy("the attacker's matching, imagenet", (executor) => suite('imagenet', executor));
