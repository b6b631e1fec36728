/** Errors of metrics and the evaluation worker. */
import { entry } from './entry.ts';

export const evalErrors = {
  EVAL_TRUTH_MISSING: entry<{ path: string }>(
    'input',
    (d) => `there is no truth at ${d.path}`,
    'Truth is written under simulate, or where a client opts in with shareTruth.',
  ),
};
