/** Which updates can be a cohort: they share one graph. */
import { equalTensors } from '@leakscope/shared/tensors';
import type { InterceptedGradient } from '../inference/intercepted-gradient.ts';
import { signatureOf, stepsOf } from '../matching/transform.ts';

/** What must agree. */
interface Case extends Pick<InterceptedGradient, 'model' | 'weights' | 'transform'> {
  readonly batchSize: number;
  readonly statistics: 'running' | 'batch';
}

/**
 * Splits cases into cohorts, given by their keys, in the order of the first of each. Those of one cohort have the same model and
 * weights, as many images, and transforms of one signature. An update is alone where its batch's own statistics would couple
 * candidates, and where its transform is a function, which is its own.
 */
export function cohortsOf(cases: ReadonlyMap<number, Case>): number[][] {
  const groups: { first: Case; keys: number[] }[] = [];
  for (const [key, one] of cases) {
    const group = groups.find(({ first }) => alike(first, one));
    if (group === undefined) groups.push({ first: one, keys: [key] });
    else group.keys.push(key);
  }
  return groups.map(({ keys }) => keys);
}

function alike(a: Case, b: Case): boolean {
  if (a.statistics === 'batch' || b.statistics === 'batch' || a.batchSize !== b.batchSize) return false;
  if (stepsOf(a.transform).some(({ kind }) => kind === 'function')) return false;
  if (signatureOf(a.transform) !== signatureOf(b.transform)) return false;
  return a.model.name === b.model.name && equalTensors(a.weights, b.weights);
}
