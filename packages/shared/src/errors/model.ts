/** Errors of models, generators and critics. */
import { entry } from './entry.ts';

export const modelErrors = {
  MODEL_UNKNOWN: entry<{ value: string; known: readonly string[] }>(
    'usage',
    (d) => `unknown architecture ${d.value}`,
    'leakscope doctor lists the architectures.',
  ),
};
