/** Optimisers over populations: ask for points, tell what they are worth. */

export interface Evaluation {
  /** One a member. */
  readonly losses: Float32Array;
  /** d loss / d point, as `ask` lays points out; empty where the optimiser needs none. */
  readonly gradient: Float32Array;
}

/** A population of `members` points of `dimension` entries, row by row. */
export interface Optimiser {
  /** Whether `tell` reads the gradient. */
  readonly needsGradient: boolean;
  /** The points to evaluate next; changed by the next `tell`. */
  ask(): Float32Array;
  tell(evaluation: Evaluation): void;
}
