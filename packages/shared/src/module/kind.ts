/** The kinds of things that a user's own module may define. */

/** Each kind, and the function of the kit that makes one. */
export const DEFINERS = {
  defence: 'defineDefense',
  attack: 'defineAttack',
  optimiser: 'defineOptimiser',
  objective: 'defineObjective',
  regulariser: 'defineRegulariser',
  metric: 'defineMetric',
  classifier: 'defineClassifier',
  generator: 'defineGenerator',
  dataset: 'defineDataset',
  'aggregation rule': 'defineAggregation',
} as const;

export type ModuleKind = keyof typeof DEFINERS;

/** `parts` as one of `kind`: what every define function returns. */
export const defined = <K extends ModuleKind, T extends object>(kind: K, parts: T): T & { readonly kind: K } => ({
  ...parts,
  kind,
});
