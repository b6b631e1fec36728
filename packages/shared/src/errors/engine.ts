/** Errors of tensor programs and executors. */
import { entry } from './entry.ts';

export const engineErrors = {
  ENGINE_INTERNAL: entry<{ reason: string }>(
    'internal',
    (d) => `the engine met a graph it cannot run: ${d.reason}`,
    'This is a fault of Leakscope: please report it with the program text.',
  ),
};
