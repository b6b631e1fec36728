/** What every optimiser must do. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { type Chosen, using } from '../../contract/part.ts';
import type { Evaluation, Optimiser } from '../../search/optimisers/optimiser.ts';
import { OPTIMISERS } from '../../search/optimisers/registry.ts';

const DIMENSION = 6;
const STEPS = 200;

type Subject = Chosen<Optimiser>;

/** The cases of an optimiser on a convex quadratic; it has 200 steps where its spec does not say. */
export const optimiserConformance: ConformanceSuite = (spec, base) =>
  casesOf(() => open(spec, base), {
    'asks for as many points as it says': ['ask', counted],
    'is a function of starts and streams': ['open', repeatable],
    'leaves its starts as they are': ['open', unchanged],
    'comes nearer to the minimum of a convex quadratic': ['tell', descends],
    'runs every search as it would alone': ['tell', searchesAlone],
    'goes on with the others where one search is told no numbers': ['tell', survivesNaN],
    'goes on where one of several points has no finite loss': ['tell', survivesGap],
  });

async function open(spec: string, base: string): Promise<Subject> {
  const { name, params } = parsePlugin(spec, 'optimiser');
  return using(await OPTIMISERS.find(name, base), { steps: STEPS, ...params });
}

interface Searching {
  /** Numbers of the searches; each has its own start and stream by it. */
  readonly searches: readonly number[];
  readonly steps: number;
  /** Searches that are told NaN. */
  readonly lost?: readonly number[];
}

const startOf = (search: number): Float32Array => seeded('conformance', 'start', search).normals(DIMENSION);

/** Losses told to each search, step by step, and the points of the last step. */
function searched({ part, params }: Subject, { searches, steps, lost = [] }: Searching) {
  const start = Float32Array.from(searches.flatMap((search) => [...startOf(search)]));
  const kept = start.slice();
  const random = searches.map((search) => seeded('conformance', 'stream', search));
  const running = part.open({ start, random }, params);
  const count = part.points(params);
  const best: number[][] = searches.map(() => []);
  let points = new Float32Array();
  for (let step = 0; step < steps; step++) {
    points = running.ask().slice();
    const expected = searches.length * count * DIMENSION;
    assert.equal(points.length, expected, `it asks for ${points.length} numbers in place of ${expected}`);
    const told = quadratic(points, part.evaluates === 'gradients');
    for (const [i, search] of searches.entries()) {
      best[i]?.push(Math.min(...told.losses.subarray(i * count, (i + 1) * count)));
      if (!lost.includes(search)) continue;
      told.losses.fill(Number.NaN, i * count, (i + 1) * count);
      told.gradient.fill(Number.NaN, i * count * DIMENSION, (i + 1) * count * DIMENSION);
    }
    running.tell(told);
  }
  return { best, points, unchanged: start.every((value, i) => value === kept[i]) };
}

/** Half the squared distance to (0.5, ..., 0.5), each axis stretched by another factor. */
function quadratic(points: Float32Array, withGradient: boolean): Evaluation {
  const losses = new Float32Array(points.length / DIMENSION);
  const gradient = new Float32Array(withGradient ? points.length : 0);
  for (const [i, value] of points.entries()) {
    const [row, axis] = [Math.floor(i / DIMENSION), i % DIMENSION];
    const apart = value - 0.5;
    losses[row] = (losses[row] as number) + ((1 + axis) * apart ** 2) / 2;
    if (withGradient) gradient[i] = (1 + axis) * apart;
  }
  return { losses, gradient };
}

function counted(subject: Subject): void {
  searched(subject, { searches: [0, 1], steps: 2 });
}

function repeatable(subject: Subject): void {
  const points = () => searched(subject, { searches: [0, 1], steps: 5 }).points;
  assert.deepEqual(points(), points(), 'two searches from one start and stream differ');
}

function unchanged(subject: Subject): void {
  assert.ok(searched(subject, { searches: [0], steps: 3 }).unchanged, 'it changed its starts');
}

function descends(subject: Subject): void {
  const { best } = searched(subject, { searches: [0, 1, 2], steps: Number(subject.params.steps) });
  for (const losses of best) {
    const [first = 0, least] = [losses[0], Math.min(...losses)];
    assert.ok(least < 0.5 * first, `the loss falls from ${first} to ${least} only in ${losses.length} steps`);
  }
}

const ofFirst = (points: Float32Array, searches: number): Float32Array => points.slice(0, points.length / searches);

function searchesAlone(subject: Subject): void {
  const together = searched(subject, { searches: [0, 1], steps: 10 }).points;
  const alone = searched(subject, { searches: [0], steps: 10 }).points;
  assert.deepEqual(ofFirst(together, 2), alone, 'a search goes another way where a second one runs beside it');
}

function survivesNaN(subject: Subject): void {
  const hurt = searched(subject, { searches: [0, 1], steps: 10, lost: [1] }).points;
  const alone = searched(subject, { searches: [0], steps: 10 }).points;
  assert.deepEqual(ofFirst(hurt, 2), alone, 'a search goes another way where another one is lost');
}

/** One point of each step, another one every time; nothing to see where a step has one alone. */
function survivesGap({ part, params }: Subject): void {
  const count = part.points(params);
  if (count === 1) return;
  const running = part.open({ start: startOf(0), random: [seeded('conformance', 'stream', 0)] }, params);
  for (let step = 0; step < 10; step++) {
    const points = running.ask().slice();
    assert.ok(points.every(Number.isFinite), `step ${step} asks for a point that is not finite`);
    const told = quadratic(points, part.evaluates === 'gradients');
    const gap = step % count;
    told.losses[gap] = step % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
    told.gradient.fill(Number.NaN, gap * DIMENSION, (gap + 1) * DIMENSION);
    running.tell(told);
  }
}
