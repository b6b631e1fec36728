/**
 * The floor: what an attacker shows who never looks at the gradient. Per metric the better of two: a random draw of the
 * generator (its expectation), or the mean of public faces of the same label. Which is better is decided on other public
 * faces of that label, never on the victim.
 */
import type { AttributeJudge } from '../metrics/attribute-judge.ts';
import { compareFaces, meanMetrics, type Rendered, type TrueFace } from '../metrics/compare.ts';
import { type ImageSize, mse } from '../metrics/pixel-errors.ts';
import { type FloorSource, type ImageMetrics, METRIC_NAMES, METRICS } from '../record.ts';

/** Random draws with which the two sources are compared on the references; the floor itself takes them all. */
const DRAWS_FOR_CHOICE = 48;

export interface FloorSources {
  /** Random draws of the generator; none without one. */
  readonly prior: readonly Rendered[];
  readonly meanFace: Rendered;
  /** Public faces of the label that stand in for victims when a source is chosen. */
  readonly references: readonly TrueFace[];
  readonly size: ImageSize;
  readonly judge: AttributeJudge;
}

export interface Floor {
  readonly source: Readonly<Record<keyof ImageMetrics, FloorSource>>;
  /** The floor of one victim, for attacks that show `batch` images at once: of each `batch` draws the nearest counts, as of their images. */
  of(truth: TrueFace, batch?: number): ImageMetrics;
  /** An image for people: that behind the floor of the squared error. */
  readonly picture: Float32Array;
}

/** The floor for victims of one label. */
export function createFloor({ prior, meanFace, references, size, judge }: FloorSources): Floor {
  const fromMean = (truth: TrueFace): ImageMetrics => compareFaces(meanFace, truth, size, judge);
  const fromPrior = (truth: TrueFace, draws: readonly Rendered[], batch: number): ImageMetrics =>
    meanMetrics(nearestOfEach(draws, truth, batch).map((draw) => compareFaces(draw, truth, size, judge)));

  const few = prior.slice(0, DRAWS_FOR_CHOICE);
  const expectedMean = meanMetrics(references.map(fromMean));
  const expectedPrior = meanMetrics(few.length === 0 ? [] : references.map((face) => fromPrior(face, few, 1)));
  const source = Object.fromEntries(
    METRIC_NAMES.map((name) => [name, better(name, expectedPrior[name], expectedMean[name]) ? 'prior' : 'mean-face']),
  ) as Record<keyof ImageMetrics, FloorSource>;

  return {
    source,
    of(truth, batch = 1) {
      const mean = fromMean(truth);
      if (prior.length === 0) return mean;
      const drawn = fromPrior(truth, prior, batch);
      const entries = METRIC_NAMES.map((name) => [name, source[name] === 'prior' ? drawn[name] : mean[name]]);
      return Object.fromEntries(entries) as ImageMetrics;
    },
    picture: source.mse11 === 'prior' && prior[0] !== undefined ? prior[0].image : meanFace.image,
  };
}

/** Whether `a` leaks more than `b`. */
function better(name: keyof ImageMetrics, a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== null;
  return METRICS[name] === 'lower' ? a < b : a > b;
}

/** An attacker who shows `batch` images is judged by the nearest of them: so is the prior. */
function nearestOfEach(draws: readonly Rendered[], truth: Rendered, batch: number): Rendered[] {
  if (batch === 1) return [...draws];
  const groups = Math.max(1, Math.floor(draws.length / batch));
  return Array.from({ length: groups }, (_, k) => nearest(draws.slice(k * batch, (k + 1) * batch), truth.image));
}

/** The candidate with the least squared error. */
export function nearest<T extends Rendered>(candidates: readonly T[], image: Float32Array): T {
  return candidates.reduce((a, b) => (mse(b.image, image) < mse(a.image, image) ? b : a));
}
