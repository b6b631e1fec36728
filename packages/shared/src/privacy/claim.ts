/** What a defence promises in terms of differential privacy: handed from client to record to report. */

export interface PrivacyClaim {
  /** Whose data are protected: one example, or all that the client holds. */
  readonly unit: 'example' | 'client';
  readonly delta: number;
  /** Against exchanging one unit for another, which is what ranks among decoys measure. Infinity without noise. */
  readonly epsilon: number;
  /** Gaussian differential privacy against leaving one unit out: largest shift of the update / deviation of its noise. */
  readonly mu: number;
  /** Against leaving one unit out if every batch were a Poisson sample, as papers state it; null without a sampling rate. */
  readonly sampledEpsilon: number | null;
}

/** What an adversary gets to see of one unit. */
export interface Exposure {
  /** Noised updates that one unit took part in, at least 1. */
  readonly updates: number;
  /** Share of the client's examples in a batch, (0, 1], and batches in all; for `sampledEpsilon`. */
  readonly sampling?: { readonly rate: number; readonly steps: number };
}
