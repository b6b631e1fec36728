/** What every defence must do, built in or a user's own: one list of named checks, for any test runner. */
import assert from 'node:assert/strict';
import type { ConformanceCase } from '@leakscope/shared/module';
import { seeded } from '@leakscope/shared/random';
import { equalTensors, globalNorm, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import type { DefenseContext } from './defense.ts';
import { type DefensePlan, type DefenseSpec, parseDefense } from './plan.ts';
import { applyTransform, type Transform } from './transform.ts';

export { kit } from './kit.ts';

interface ConformanceOptions {
  /** Whether applying the defence twice is the same as once, to float32 accuracy. */
  readonly idempotent?: boolean;
  /** Folder that a module's path starts from; default the current one. */
  readonly base?: string;
}

/** The checks for one defence with these parameters. Each throws an AssertionError where the defence falls short. */
export function defenseConformance(
  spec: DefenseSpec,
  { idempotent = false, base = process.cwd() }: ConformanceOptions = {},
): ConformanceCase[] {
  const withPlan = (name: string, check: (plan: DefensePlan) => Promise<void>, part = 'apply'): ConformanceCase => ({
    name,
    part,
    run: async () => check(await parseDefense(spec, { base })),
  });
  const checks = [
    withPlan('keeps names, order and shapes', async (plan) => {
      const defended = await plan.apply(sample(), context());
      assert.deepEqual(shapes(defended), shapes(sample()));
    }),
    withPlan('leaves its input as it is', async (plan) => {
      const update = sample();
      await plan.apply(update, context());
      assert.ok(equalTensors(update, sample()), 'apply changed the update that it was given');
    }),
    withPlan('is a function of update and seed', async (plan) => {
      const first = await plan.apply(sample(), context());
      assert.ok(equalTensors(first, await plan.apply(sample(), context())), 'two runs of one seed differ');
    }),
    withPlan('does not depend on the order of the tensors', async (plan) => {
      const reversed = await plan.apply(new Map([...sample()].reverse()), context());
      const defended = await plan.apply(sample(), context());
      assertClose(new Map([...reversed].reverse()), defended, 1e-6);
    }),
    ...Object.entries(EXTREMES).map(([name, scale]) =>
      withPlan(`survives ${name} values`, async (plan) => {
        const defended = await plan.apply(sample(scale), context());
        for (const { data } of defended.values()) assert.ok(data.every(Number.isFinite), 'a value is not finite');
      }),
    ),
    withPlan(
      'is undone by nothing when the attacker is blind',
      async (plan) => {
        const y = await plan.apply(sample(), context());
        assert.deepEqual(plan.attackerView(y, 'blind'), { kind: 'identity' });
      },
      'attackerView',
    ),
    withPlan(
      'gives a view of its own output that a candidate can go through',
      async (plan) => {
        const y = await plan.apply(sample(), context());
        for (const level of ['estimated', 'oracle'] as const) {
          const view = plan.attackerView(y, level);
          if (isData(view)) assert.deepEqual(shapes(applyTransform(sample(), view)), shapes(sample()));
        }
      },
      'attackerView',
    ),
    withPlan('reads its own canonical text back', async (plan) => {
      const again = await parseDefense(plan.text, { base });
      assert.equal(again.text, plan.text);
      assert.ok(equalTensors(await plan.apply(sample(), context()), await again.apply(sample(), context())));
    }),
  ];
  if (idempotent) {
    checks.push(
      withPlan('is idempotent', async (plan) => {
        const once = await plan.apply(sample(), context());
        assertClose(await plan.apply(once, context()), once, 1e-6);
      }),
    );
  }
  return checks;
}

/** The extremes: gradients that vanish, and ones whose squares leave the range of float32. */
const EXTREMES = { zero: 0, tiny: 1e-38, huge: 1e30 };

/** A small network's gradient: a convolution with a dead channel, batch norm, and a two-class head whose rows are negatives. */
function sample(scale = 1): NamedTensors {
  const random = seeded('defence conformance');
  const weights = random.normals(8 * 4 * 9).fill(0, 36, 72);
  const row = random.normals(16).map((value, i) => (i === 3 ? 0 : value));
  const tensors: NamedTensors = new Map([
    ['conv1.weight', tensor([8, 4, 3, 3], weights)],
    ['bn1.weight', tensor([8], random.normals(8))],
    ['bn1.bias', tensor([8], random.normals(8))],
    ['fc.weight', tensor([2, 16], Float32Array.of(...row, ...row.map((value) => -value)))],
    ['fc.bias', tensor([2], Float32Array.of(0.5, -0.5))],
  ]);
  for (const { data } of tensors.values()) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * scale;
  return tensors;
}

/** A seeded client with sixteen features, one of them dead. */
function context(): DefenseContext {
  const random = (...path: (string | number)[]) => seeded('defence conformance', 'client', ...path);
  const features = random('features')
    .normals(16)
    .map((value, i) => (i === 3 ? 0 : Math.abs(value)));
  const sensitivity = random('sensitivity')
    .normals(16)
    .map((value, i) => (i === 3 ? 0 : Math.abs(value)));
  return { random, sensitivity: async () => ({ features, sensitivity }) };
}

function isData(transform: Transform): boolean {
  return transform.kind === 'sequence' ? transform.steps.every(isData) : transform.kind !== 'function';
}

function shapes(tensors: NamedTensors): [string, number[]][] {
  return [...tensors].map(([name, { shape, data }]) => {
    assert.equal(
      data.length,
      shape.reduce((product, n) => product * n, 1),
      `${name}: data and shape differ`,
    );
    return [name, [...shape]];
  });
}

/** Relative to the norm of the whole update. */
function assertClose(actual: NamedTensors, expected: NamedTensors, tolerance: number): void {
  assert.deepEqual(shapes(actual), shapes(expected));
  const difference = new Map(
    [...actual].map(([name, { shape, data }]) => {
      const other = expected.get(name)?.data ?? new Float32Array();
      return [name, { shape, data: data.map((value, i) => value - (other[i] ?? Number.NaN)) }];
    }),
  );
  const bound = tolerance * Math.max(globalNorm(expected), Number.MIN_VALUE);
  assert.ok(globalNorm(difference) <= bound, `differs by ${globalNorm(difference)}, allowed ${bound}`);
}
