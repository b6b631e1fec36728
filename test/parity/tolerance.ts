/**
 * When a number equals PyTorch's: the fixture's rule. The tolerance is 1e-4, or 20 times what PyTorch's own float32 runs
 * differ from float64, whichever is larger. Where a ReLU's input is within float32 error of zero, two right
 * implementations may decide it differently; 1.5 times the change which that makes is then allowed as well, and is told.
 * The change is known as an L2 distance, and no entry can change by more than that.
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
  /** |got - expected|. */
  readonly difference: number;
  /** The difference that a tolerance of 1 would allow. */
  readonly scale: number;
  readonly detail: string;
}

function judge(deviations: readonly Deviation[], rel: number, kinkChange: number): Verdict {
  // A NaN is further off than anything.
  const orInfinity = (x: number): number => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x);
  const allowed = tolerance(rel);
  const excesses = deviations.map(({ difference, scale }) =>
    difference === 0 ? 0 : orInfinity(difference / scale) / allowed,
  );
  const excess = Math.max(...excesses);
  const worst = deviations[excesses.indexOf(excess)];
  const explained = deviations.every(({ difference }) => orInfinity(difference) < kinkChange);
  return {
    verdict: excess <= 1 ? 'within' : explained ? 'kink' : 'off',
    excess,
    detail: `${worst?.detail}; ${excess.toPrecision(3)} times the tolerance ${allowed}`,
  };
}

/** The change that kinks may explain in a tensor of this norm, of which `rel_if_kinks_flip` was measured. */
export function kinkChange(relIfKinksFlip: number, norm: number): number {
  return 1.5 * relIfKinksFlip * norm;
}

/** Compares a scalar: |got - value| <= tolerance |value|. */
export function compareValue(got: number, { value, rel, rel_if_kinks_flip = 0 }: Value): Verdict {
  const deviation = {
    difference: Math.abs(got - value),
    scale: Math.abs(value),
    detail: `got ${got}, expected ${value}`,
  };
  return judge([deviation], rel, kinkChange(rel_if_kinks_flip, Math.abs(value)));
}

/**
 * Compares a tensor by its norm and by the entries listed: each to tolerance (|entry| + 3 norm / sqrt(n)).
 * @param change the L2 change that kinks may bring to the tensor, which bounds that of its norm and of each entry
 */
export function compareTensor(
  got: Float32Array,
  expected: Summary & { readonly last?: readonly number[] },
  change = kinkChange(expected.rel_if_kinks_flip ?? 0, expected.norm),
): Verdict {
  const { norm, first, last = [], rel } = expected;
  const typical = (3 * norm) / Math.sqrt(got.length);
  const deviation = (label: string, value: number, wanted: number, scale: number): Deviation => ({
    difference: Math.abs(value - wanted),
    scale,
    detail: `${label} is ${value}, expected ${wanted}`,
  });
  const entry = (index: number, wanted: number): Deviation =>
    deviation(`entry ${index}`, got[index] ?? Number.NaN, wanted, Math.abs(wanted) + typical);
  const deviations = [
    deviation('norm', normOf(got), norm, norm),
    ...first.map((value, i) => entry(i, value)),
    ...last.map((value, i) => entry(got.length - last.length + i, value)),
  ];
  return judge(deviations, rel, change);
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
