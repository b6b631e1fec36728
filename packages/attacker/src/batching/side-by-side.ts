/** Which updates can share one graph, and how long a call of it takes. */
import { equalTensors } from '@leakscope/shared/tensors';
import type { InterceptedGradient } from '../inference/intercepted-gradient.ts';
import { signatureOf, stepsOf } from '../matching/transform.ts';

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
/** Calls are repeated no longer than this: one that takes a second is timed well enough by itself. */
const SECONDS = 2;

/** Median seconds of a call, after one or two that do not count. */
export async function medianSeconds(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  let spent = 0;
  while (times.length < WARM_UP + CALLS && (times.length < 2 || spent < SECONDS)) {
    const start = performance.now();
    await call();
    const took = (performance.now() - start) / 1000;
    times.push(took);
    spent += took;
  }
  const counted = times.slice(Math.min(WARM_UP, times.length - 1)).sort((a, b) => a - b);
  return counted[Math.floor(counted.length / 2)] as number;
}
