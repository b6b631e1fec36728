/** What a user's own aggregation rule is given, so that it runs from any folder without installing or importing anything. */
import { globalNorm, tensor } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type AggregationRule, defineAggregation } from './aggregation-rule.ts';

export const kit = { defineAggregation, globalNorm, tensor, z };

export type AggregationKit = typeof kit;

/** The default export of a user's module. */
export type AggregationModule = (kit: AggregationKit) => AggregationRule;
