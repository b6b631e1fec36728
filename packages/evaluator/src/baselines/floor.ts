/**
 * The floor: what an attacker shows who never looks at the gradient. Of all floors that are open each metric takes the best.
 * Which that is gets decided on other public faces of the label, never on the victim.
 */
import { assign } from '../assignment.ts';
import { meanMetrics, type Rendered, type TrueFace } from '../metrics/compare.ts';
import { mse } from '../metrics/mse.ts';
import { type ConfiguredMetric, type ImageMetrics, STANDARD_METRICS } from '../metrics/registry.ts';
import type { FloorName } from './registry.ts';

/** Images of each floor by which the floors are compared; the floor itself takes them all. */
const IMAGES_FOR_CHOICE = 48;

type Compare = (candidate: Rendered, truth: TrueFace) => ImageMetrics;

/** What the floors show of faces of one label, and which of them counts for which metric. */
export interface LabelFloor {
  /** By metric. */
  readonly source: Readonly<Record<string, FloorName>>;
  /** At least one floor, with at least one image each. */
  readonly images: ReadonlyMap<FloorName, readonly Rendered[]>;
}

/** Chooses among floors by `references`, public faces of the label that stand in for victims; the first floor where there are none. */
export function chooseFloor(
  images: ReadonlyMap<FloorName, readonly Rendered[]>,
  references: readonly TrueFace[],
  compare: Compare,
  metrics: readonly ConfiguredMetric[] = STANDARD_METRICS,
): LabelFloor {
  const expected = [...images].map(([name, all]) => {
    const few = all.slice(0, IMAGES_FOR_CHOICE);
    const each = references.map((face) => meanMetrics(few.map((image) => compare(image, face))));
    return { name, metrics: meanMetrics(each) };
  });
  const source = metrics.map(({ metric: { name, nearer } }) => {
    const best = expected.reduce((a, b) => (isNearer(nearer, b.metrics[name], a.metrics[name]) ? b : a));
    return [name, best.name];
  });
  return { source: Object.fromEntries(source), images };
}

/** Whether `a` is nearer to the truth than `b`; what is not known is not. */
function isNearer(nearer: 'lower' | 'higher', a: number | null | undefined, b: number | null | undefined): boolean {
  if (a == null || b == null) return a != null;
  return nearer === 'lower' ? a < b : a > b;
}

/** A victim, and the floor of its label; null where no floor is open. */
export interface Victim {
  readonly face: TrueFace;
  readonly floor: LabelFloor | null;
}

/**
 * The floors of the victims of one batch. An attack on a batch shows as many images as it has and each true face gets one of
 * them, so that the floor does the same with its images, as many at a time, and is the mean over these times.
 */
export function floorsOf(batch: readonly Victim[], compare: Compare): (ImageMetrics | null)[] {
  const names = [...(batch[0]?.floor?.images.keys() ?? [])];
  const byFloor = new Map(names.map((name) => [name, meansOf(batch, name, compare)]));
  return batch.map(({ floor }, i) => {
    if (floor === null) return null;
    const entries = Object.entries(floor.source).map(([metric, name]) => [metric, byFloor.get(name)?.[i]?.[metric]]);
    return Object.fromEntries(entries) as ImageMetrics;
  });
}

function meansOf(batch: readonly Victim[], name: FloorName, compare: Compare): ImageMetrics[] {
  const images = batch.map(({ floor }) => floor?.images.get(name) ?? []);
  const size = batch.length;
  const times = Math.max(1, Math.floor(Math.min(...images.map((all) => all.length)) / size));
  const compared: ImageMetrics[][] = batch.map(() => []);
  for (let time = 0; time < times; time++) {
    // A floor of fewer images than the batch shows some of them again.
    const candidates = images.map((all) => batch.map((_, j) => all[(time * size + j) % all.length] as Rendered));
    const assigned = assignedTo(batch, candidates);
    for (const [i, { face }] of batch.entries()) compared[i]?.push(compare(assigned[i] as Rendered, face));
  }
  return compared.map(meanMetrics);
}

function assignedTo(batch: readonly Victim[], candidates: readonly (readonly Rendered[])[]): (Rendered | undefined)[] {
  const costs = batch.map(({ face }, i) => (candidates[i] ?? []).map(({ image }) => mse(image, face.image)));
  return assign(costs).map((column, i) => candidates[i]?.[column as number]);
}

/** An image for people: the first of the floor that counts for the squared error. */
export function pictureOf({ source, images }: LabelFloor): Float32Array {
  const [first] = images.get(source.mse11 as FloorName) as readonly [Rendered];
  return first.image;
}
