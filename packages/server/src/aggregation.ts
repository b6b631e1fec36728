/** Aggregation rules: their contract, those that ship with Leakscope, and how one is named. */
export {
  type AggregationRule,
  defineAggregation,
  type EntrywiseRule,
  type Fold,
  type FoldingRule,
} from './aggregation/aggregation-rule.ts';
export type { AggregationKit, AggregationModule } from './aggregation/kit.ts';
export { AGGREGATION_RULES, type Aggregation, parseAggregation } from './aggregation/registry.ts';
