/** Which updates can share one graph, and how long a call of it takes. */
import { equalTensors } from '@leakscope/shared/tensors';
import type { InterceptedGradient } from './intercepted-gradient.ts';
import { signatureOf, stepsOf } from './matching/transform.ts';

/** What must agree for updates to share a graph. */
export interface Shareable extends Pick<InterceptedGradient, 'model' | 'weights' | 'transform'> {
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
}

/**
 * Keys of cases that can share a graph, in the order of the first of each group: the same model and weights, as many images,
 * transforms of one signature. A batch's own statistics couple candidates, and a function transform is one update's own: alone.
 */
export function alike(cases: ReadonlyMap<number, Shareable>): number[][] {
  const groups: { first: Shareable; keys: number[] }[] = [];
  for (const [key, one] of cases) {
    const group = groups.find(({ first }) => together(first, one));
    if (group === undefined) groups.push({ first: one, keys: [key] });
    else group.keys.push(key);
  }
  return groups.map(({ keys }) => keys);
}

function together(a: Shareable, b: Shareable): boolean {
  if (a.statistics === 'batch' || b.statistics === 'batch' || a.batchSize !== b.batchSize) return false;
  if (stepsOf(a.transform).some(({ kind }) => kind === 'function')) return false;
  if (signatureOf(a.transform) !== signatureOf(b.transform)) return false;
  return a.model.name === b.model.name && equalTensors(a.weights, b.weights);
}

const WARM_UP = 2;
const CALLS = 5;

/** Median seconds of a call, after two that do not count. */
export async function medianSeconds(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + CALLS; i++) {
    const start = performance.now();
    await call();
    if (i >= WARM_UP) times.push((performance.now() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(CALLS / 2)] as number;
}
