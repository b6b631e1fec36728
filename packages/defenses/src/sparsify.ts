/** Sparsification: per tensor, entries below a percentile of the magnitudes become zero (paper: 90 %). */
import type { NamedTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineDefense } from './defense.ts';
import { countBelow, percentile } from './percentile.ts';
import { IDENTITY, mapTensors } from './transform.ts';

export const sparsify = defineDefense({
  name: 'sparsify',
  summary: 'keep, tensor by tensor, only the entries of largest magnitude',
  params: z.strictObject({
    /** Share of each tensor's entries that is dropped. */
    fraction: z.number().min(0).lt(1),
  }),
  hook: 'update',
  apply: (update, { fraction }) =>
    mapTensors(update, (_name, data) => {
      if (data.length === 0) return data.slice();
      const threshold = percentile(data.map(Math.abs), fraction);
      return data.map((value) => (Math.abs(value) >= threshold ? value : 0));
    }),
  attackerView: (y, knowledge) => {
    const fraction = knowledge === 'estimated' ? estimateSparsity(y) : knowledge.oracle.fraction;
    return fraction > 0 ? { kind: 'mask', masks: supports(y, fraction) } : IDENTITY;
  },
});

/** Tensors too small to tell a percentile from chance. */
const SMALLEST = 64;

/**
 * Dropped share, from a sparsified update alone: dead ReLUs leave zeros in some tensors of any update, a percentile leaves
 * them in all, so the smallest share over the tensors is the estimate. 0 where some tensor has no zero.
 */
export function estimateSparsity(y: NamedTensors): number {
  let smallest = 1;
  for (const { data } of y.values()) {
    if (data.length < SMALLEST) continue;
    smallest = Math.min(smallest, countZeros(data) / (data.length - 1));
  }
  return smallest < 1 ? smallest : 0;
}

/**
 * Observed support of each tensor. One with more zeros than the percentile drops was not cut at all: its threshold was 0.
 * Ties at a threshold shift an estimated share by an entry or two, which the slack covers.
 */
function supports(y: NamedTensors, fraction: number): Map<string, Uint8Array> {
  const masks = new Map<string, Uint8Array>();
  for (const [name, { data }] of y) {
    if (countZeros(data) > countBelow(data.length, fraction) + 2 + 0.01 * data.length) continue;
    masks.set(name, supportOf(data));
  }
  return masks;
}

function supportOf(data: Float32Array): Uint8Array {
  const support = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) support[i] = data[i] === 0 ? 0 : 1;
  return support;
}

function countZeros(data: Float32Array): number {
  let zeros = 0;
  for (const value of data) if (value === 0) zeros++;
  return zeros;
}
