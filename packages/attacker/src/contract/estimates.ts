/** What an attack found out from the update alone; plain JSON, logged beside the reconstruction. */

export interface LabelEstimate {
  /** One an example, in ascending order. */
  readonly values: readonly number[];
  /** `known`: told, not inferred. */
  readonly source: 'known' | 'inferred';
  /** Probability that they are right, as far as the update tells; 1 where they are known. */
  readonly confidence: number;
}

export interface DefenseEstimate {
  /** Standard deviation of noise on each entry. */
  readonly noise?: { readonly sigma: number };
  /** Bound, and for a global one the factor that it scaled the update by. */
  readonly clip?: { readonly scope: 'global' | 'layer'; readonly bound: number; readonly factor?: number };
  /** Share of each tensor's entries that was dropped. */
  readonly sparsify?: { readonly fraction: number };
  /** Share of the features that was masked. */
  readonly soteria?: { readonly fraction: number };
}

export interface Estimates {
  readonly labels: LabelEstimate;
  /** Empty where nothing was found; absent where the attack did not look (blind, oracle). */
  readonly defense?: DefenseEstimate;
  /** Whether y is a gradient up to a known factor; see `gradientScale`. */
  readonly gradient: 'exact' | 'approximate';
}
