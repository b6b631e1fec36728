/** What every aggregation rule must do, built in or a user's own. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { seeded } from '@leakscope/shared/random';
import { equalTensors, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { type Aggregation, parseAggregation } from './registry.ts';

export { kit } from './kit.ts';

/** The cases of a rule with these parameters, on five clients. Each throws where it falls short. */
export const aggregationConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => parseAggregation(spec, { base }), {
    'keeps names and shapes': ['result', shaped],
    'gives an update back that all clients sent': ['combine', identity],
    'does not depend on the order of the clients, but for rounding': ['combine', unordered],
    'is a function of the updates': ['combine', repeatable],
    'leaves the updates as they are': ['add', unchanged],
    'stays finite where all updates are zero': ['combine', finiteAtZero],
    'takes a round of one client': ['combine', single],
  });

/** Small, so that a bound on norms does not act. */
const SCALE = 1e-3;

const updateOf = (client: number, scale = SCALE): NamedTensors => {
  const draw = (name: string, length: number) =>
    seeded('conformance', client, name)
      .normals(length)
      .map((value) => value * scale);
  return new Map([
    ['conv.weight', tensor([2, 3], draw('conv.weight', 6))],
    ['fc.bias', tensor([4], draw('fc.bias', 4))],
  ]);
};

const CLIENTS = [0, 1, 2, 3, 4];

/** The aggregate of equally weighted updates, in memory. */
function aggregated(aggregation: Aggregation, updates: readonly NamedTensors[]): NamedTensors {
  if (aggregation.sees === 'updates') {
    const fold = aggregation.start();
    for (const update of updates) fold.add(update, 1);
    return fold.result();
  }
  return new Map(
    [...(updates[0] as NamedTensors)].map(([name, { shape, data }]) => {
      const entry = (i: number) => Float64Array.from(updates, (update) => update.get(name)?.data[i] ?? Number.NaN);
      return [
        name,
        tensor(
          shape,
          data.map((_, i) => aggregation.combine(entry(i))),
        ),
      ];
    }),
  );
}

function assertNear(actual: NamedTensors, expected: NamedTensors, what: string): void {
  for (const [name, { data }] of expected) {
    const worst = data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (actual.get(name)?.data[i] ?? Number.NaN))),
      0,
    );
    assert.ok(worst <= 1e-5 * SCALE, `${what}: ${name} is off by ${worst}`);
  }
}

function shaped(aggregation: Aggregation): void {
  const result = aggregated(
    aggregation,
    CLIENTS.map((client) => updateOf(client)),
  );
  const shapes = (tensors: NamedTensors) =>
    [...tensors].map(([name, { shape, data }]) => [name, [...shape], data.length]);
  assert.deepEqual(shapes(result), shapes(updateOf(0)), 'names or shapes differ from those of the updates');
}

function identity(aggregation: Aggregation): void {
  assertNear(
    aggregated(
      aggregation,
      CLIENTS.map(() => updateOf(0)),
    ),
    updateOf(0),
    'the aggregate of equal updates',
  );
}

function unordered(aggregation: Aggregation): void {
  const updates = CLIENTS.map((client) => updateOf(client));
  assertNear(
    aggregated(aggregation, updates.toReversed()),
    aggregated(aggregation, updates),
    'clients the other way round',
  );
}

function repeatable(aggregation: Aggregation): void {
  const once = () =>
    aggregated(
      aggregation,
      CLIENTS.map((client) => updateOf(client)),
    );
  assert.ok(equalTensors(once(), once()), 'two rounds of the same updates differ');
}

function unchanged(aggregation: Aggregation): void {
  const updates = CLIENTS.map((client) => updateOf(client));
  aggregated(aggregation, updates);
  for (const client of CLIENTS)
    assert.ok(equalTensors(updates[client] as NamedTensors, updateOf(client)), 'it changed an update');
}

function finiteAtZero(aggregation: Aggregation): void {
  for (const { data } of aggregated(
    aggregation,
    CLIENTS.map((client) => updateOf(client, 0)),
  ).values())
    assert.ok(data.every(Number.isFinite), 'a value is not finite');
}

function single(aggregation: Aggregation): void {
  assertNear(aggregated(aggregation, [updateOf(0)]), updateOf(0), 'the aggregate of one update');
}
