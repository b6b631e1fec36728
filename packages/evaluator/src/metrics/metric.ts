/** The contract of a metric: one number that says how like an attack's image is to the true one. */
import { defined, type Registered } from '@leakscope/shared/module';
import type { z } from 'zod';
import type { AttributeJudge } from './attribute-judge.ts';

/** Of an image as planes [channels, height, width]. */
export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** An image and the true one, planes in [-1, 1]. */
export interface Pair {
  readonly image: Float32Array;
  readonly truth: Float32Array;
  readonly size: ImageSize;
}

/** What a metric may ask for beside the two images. */
export interface Evidence {
  /** Penultimate features of both under the victim model, at the weights that the client started from. */
  readonly features: { readonly image: Float32Array; readonly truth: Float32Array };
  /** The true face's attributes, and a judge that reads attributes off an image. */
  readonly attributes: { readonly judge: AttributeJudge; readonly truth: Readonly<Record<string, boolean>> };
}

export interface Metric<
  Name extends string = string,
  Value extends number | null = number | null,
  Needs extends keyof Evidence = keyof Evidence,
  Params = unknown,
> extends Registered {
  readonly kind: 'metric';
  /** The field of the leak records. */
  readonly name: Name;
  /** As a column's heading. */
  readonly title: string;
  /** What it measures and on which scale, in a sentence or two for docs and the report. */
  readonly summary: string;
  /** Digits after the point, and the unit, in tables. */
  readonly format: { readonly digits: number; readonly unit?: string };
  /** Which of two values is nearer to the truth, and so leaks more. */
  readonly nearer: 'lower' | 'higher';
  /** Validates and completes the parameters; `{}` must be valid. */
  readonly params: z.ZodType<Params>;
  /** It is measured where all of these are there, and null elsewhere. */
  readonly needs: readonly Needs[];
  /** Null where it says nothing of these images. Must not change them. */
  measure(pair: Pair & Pick<Evidence, Needs>, params: Params): Value;
}

/** A metric, typed by its name, its parameter schema and what it needs. */
export function defineMetric<
  const Name extends string,
  Value extends number | null,
  Needs extends keyof Evidence,
  Schema extends z.ZodType,
>(
  metric: Omit<Metric<Name, Value, Needs, z.output<Schema>>, 'kind' | 'params' | 'module'> & {
    readonly params: Schema;
  },
): Metric<Name, Value, Needs, z.output<Schema>> {
  return defined('metric', metric) as Metric<Name, Value, Needs, z.output<Schema>>;
}
