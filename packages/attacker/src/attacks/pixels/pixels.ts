/** What attacks on pixels share: their parameters, and what a search of pixels has found. */
import { sizeOf } from '@leakscope/shared/tensors';
import { z } from 'zod';
import type { AttackContext, Findings } from '../../contract/attack.ts';
import type { SearchResult } from '../../search/search.ts';
import type { Subject } from '../case.ts';
import { entriesOf, type OneSearch, perCallOf } from '../one-search.ts';

/** Parameters of every one of them. The published comparisons take the best of four trials by loss. */
export const pixelParameters = {
  /** Independent searches; the smallest loss is chosen. */
  restarts: z.int().min(1).max(256).default(4),
  /** How gradients are compared; the forms agree in value. */
  matching: z.enum(['auto', 'ghost', 'explicit']).default('auto'),
  /** Of the starts. */
  seed: z.int().min(0).default(1),
};

/** The best point as images, clamped to [-1, 1], and its labels where those were searched too. */
export function pixelFindings(
  one: Subject,
  { space, starts, optimiser }: OneSearch,
  { best, loss, restarts, trace }: SearchResult,
  context: AttackContext,
): Findings {
  const { model, batchSize, estimates } = one;
  const entries = entriesOf(space, one);
  const size = sizeOf(model.inputShape);
  const each = Array.from({ length: batchSize }, (_, i) => best.subarray(i * entries, (i + 1) * entries));
  return {
    images: each.map((image) => image.slice(0, size).map((value) => Math.max(-1, Math.min(1, value)))),
    imageShape: model.inputShape,
    labels: entries > size ? each.map((image) => largest(image.subarray(size))) : one.labels,
    loss,
    losses: trace,
    restarts,
    steps: optimiser.params.steps,
    beside: 1,
    width: perCallOf(one, starts, context),
    estimates,
  };
}

const largest = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));
