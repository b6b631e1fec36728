/** How `best` spends its evaluations: many starts, halved; then the latents; then the generator's features, layer by layer. */
import { evaluationsOf } from '../staged/stage.ts';

/** A stage of the plan, before its parts are chosen. */
export interface PlannedStage {
  readonly name: string;
  /** Before which stage of the generator it searches; 0 are the latents. */
  readonly space: number;
  readonly starts: number;
  readonly steps: number;
}

/** Rounds of starts: how many, and the share of all evaluations that the round gets. The better half of one goes into the next. */
const ROUNDS = [
  { starts: 8, share: 0.12 },
  { starts: 4, share: 0.08 },
  { starts: 2, share: 0.05 },
] as const;

/** What the latents get, and the features behind the first and the second layer. Deeper layers fit more and show less. */
const LATENTS = 0.15;
const FEATURES = [0.2, 0.4] as const;

/** Fewer evaluations give no stage enough steps to come anywhere. */
export const FEWEST_EVALUATIONS = 200;

/**
 * Stages of at most `evaluations` evaluations in all, for a generator that has `layers` maps between latents and image. `judged`: each
 * stage looks at the other half of the gradient now and then, which is paid for too.
 */
export function planOf(evaluations: number, layers: number, judged: boolean): PlannedStage[] {
  const spaces = FEATURES.slice(0, layers);
  // Of a generator without layers the latents get it all.
  const unspent = spaces.length === 0 ? FEATURES.reduce((sum, share) => sum + share, 0) : 0;
  const deepest = spaces.length === 1 ? FEATURES[1] : 0;
  return [
    ...ROUNDS.map(({ starts, share }) => ({ name: `${starts} starts`, space: 0, starts, share })),
    { name: 'latents', space: 0, starts: 1, share: LATENTS + unspent },
    ...spaces.map((share, i) => ({ name: `features ${i + 1}`, space: i + 1, starts: 1, share: share + deepest })),
  ].map(({ share, ...stage }) => ({ ...stage, steps: stepsWithin(share * evaluations, stage.starts, judged) }));
}

/** Most steps whose evaluations stay within a budget; one at least. */
function stepsWithin(budget: number, starts: number, judged: boolean): number {
  let steps = Math.max(1, Math.floor(budget / starts));
  while (steps > 1 && evaluationsOf(steps, starts, judged) > budget) steps--;
  return steps;
}
