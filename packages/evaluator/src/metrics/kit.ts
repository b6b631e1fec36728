/** What a user's own metric module is given, so that it runs from any folder without installing or importing anything. */
import { seeded } from '@leakscope/shared/random';
import { z } from 'zod';
import { defineMetric, type Metric } from './metric.ts';

export const kit = { defineMetric, seeded, z };

export type MetricKit = typeof kit;

/** The default export of a user's module. */
export type MetricModule = (kit: MetricKit) => Metric;
