/**
 * When a number equals PyTorch's: the fixture's rule. The tolerance is 1e-4, or 20 times what PyTorch's own float32 runs
 * differ from float64, whichever is larger. Where a ReLU's input is within float32 error of zero, two right
 * implementations may decide it differently; 1.5 times the change which that makes is then allowed as well, and is told.
 */
import type { Summary, Value } from './fixture.ts';

/** `kink`: beyond the tolerance, but no further than a ReLU that is decided the other way explains. */
export interface Verdict {
  readonly verdict: 'within' | 'kink' | 'off';
  /** Largest deviation, as a multiple of the tolerance. */
  readonly excess: number;
  readonly detail: string;
}

/** The relative tolerance for a quantity that PyTorch's own runs know to `rel`. */
export function tolerance(rel: number): number {
  return Math.max(1e-4, 20 * rel);
}

interface Deviation {
  /** |got - expected| over what a tolerance of 1 would allow. */
  readonly ratio: number;
  readonly detail: string;
}

function judge(deviations: readonly Deviation[], rel: number, relIfKinksFlip: number): Verdict {
  // A NaN is further off than anything.
  const size = ({ ratio }: Deviation): number => (Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio);
  const worst = deviations.reduce((a, b) => (size(b) > size(a) ? b : a));
  const allowed = tolerance(rel);
  const excess = size(worst) / allowed;
  const verdict = excess <= 1 ? 'within' : size(worst) < 1.5 * relIfKinksFlip ? 'kink' : 'off';
  return { verdict, excess, detail: `${worst.detail}; ${excess.toPrecision(3)} times the tolerance ${allowed}` };
}

/** Compares a scalar: |got - value| <= tolerance |value|. */
export function compareValue(got: number, { value, rel, rel_if_kinks_flip = 0 }: Value): Verdict {
  const difference = Math.abs(got - value);
  const ratio = difference === 0 ? 0 : difference / Math.abs(value);
  return judge([{ ratio, detail: `got ${got}, expected ${value}` }], rel, rel_if_kinks_flip);
}

/** Compares a tensor by its norm and by the entries listed: each to tolerance (|entry| + 3 norm / sqrt(n)). */
export function compareTensor(
  got: Float32Array,
  { norm, first, last = [], rel, rel_if_kinks_flip = 0 }: Summary & { readonly last?: readonly number[] },
): Verdict {
  const typical = (3 * norm) / Math.sqrt(got.length);
  const deviation = (label: string, value: number, expected: number, scale: number): Deviation => ({
    ratio: value === expected ? 0 : Math.abs(value - expected) / scale,
    detail: `${label} is ${value}, expected ${expected}`,
  });
  const entry = (index: number, expected: number): Deviation =>
    deviation(`entry ${index}`, got[index] ?? Number.NaN, expected, Math.abs(expected) + typical);
  return judge(
    [
      deviation('norm', normOf(got), norm, norm),
      ...first.map((value, i) => entry(i, value)),
      ...last.map((value, i) => entry(got.length - last.length + i, value)),
    ],
    rel,
    rel_if_kinks_flip,
  );
}

/** Euclidean norm, accumulated in float64. */
export function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** Sum, accumulated in float64. */
export function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Throws where `verdict` is off; says on the console where a kink had to explain the deviation. */
export function assertParity(what: string, { verdict, detail }: Verdict): void {
  if (verdict === 'off') throw new Error(`${what}: ${detail}`);
  if (verdict === 'kink') console.warn(`${what}: a ReLU within float32 error of its kink flipped: ${detail}`);
}
