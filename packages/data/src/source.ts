/** The contract of a data source: what an experiment's `data.source` names. */
import { defined, type Registered } from '@leakscope/shared/module';
import type { z } from 'zod';
import type { Dataset } from './dataset.ts';

interface OpenContext {
  /** Absolute folder that relative paths start from: the experiment's. */
  readonly base: string;
}

export interface DataSource<P = Readonly<Record<string, unknown>>> extends Registered {
  readonly kind: 'dataset';
  /** One line for the docs. */
  readonly summary: string;
  /** Validates and completes the keys beside `source`. Every source has `resolution`, the side of its images in pixels. */
  readonly params: z.ZodType<P>;
  /** The parameter that `NAME:VALUE` on a command line gives. */
  readonly shorthand?: keyof P & string;
  /** Opens it; whoever opens it closes it. Throws DATA_ errors. */
  open(params: P, context: OpenContext): Promise<Dataset>;
}

/** A data source, typed by its parameter schema. */
export function defineDataset<S extends z.ZodType<{ resolution: number }>>(
  source: Omit<DataSource<z.output<S>>, 'kind' | 'params' | 'module'> & { readonly params: S },
): DataSource {
  return defined('dataset', source) as unknown as DataSource;
}
