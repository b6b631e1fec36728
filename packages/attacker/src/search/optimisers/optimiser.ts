/** Optimisers over populations: ask for points, tell what they are worth. */

export interface Evaluation {
  /** One a point. */
  readonly losses: Float32Array;
  /** d loss / d point, as `ask` lays points out; empty where the optimiser needs none. */
  readonly gradient: Float32Array;
}

/**
 * Independent searches side by side. Each asks for as many points a step as the others, of `dimension` entries each:
 * [searches × points × dimension], row by row. A search never sees what another is told.
 */
export interface Optimiser {
  /** Whether `tell` reads the gradient. */
  readonly needsGradient: boolean;
  /** The points to evaluate next; changed by the next `tell`. */
  ask(): Float32Array;
  tell(evaluation: Evaluation): void;
}
