/** Errors of metrics and the evaluation worker. */
import { entry, show } from './entry.ts';

export const evalErrors = {
  EVAL_GENERATOR_MISFIT: entry<{ generator: string; makes: readonly number[]; needs: readonly number[] }>(
    'usage',
    (d) =>
      `evaluation.generator ${show(d.generator)} makes ${d.makes.join('x')} images, the data are ${d.needs.join('x')}`,
    'Name a generator of the same resolution, or change data.resolution.',
  ),
  EVAL_RECONSTRUCTION_INVALID: entry<{ key: string; reason: string }>(
    'computation',
    (d) => `the reconstruction of job ${d.key} cannot be read: ${d.reason}`,
    'An attack commits a tensor `images` [N,3,H,W], and details with one label an image.',
  ),
  EVAL_TRUTH_MISMATCH: entry<{ client: string; index: number; expected: string; actual: string }>(
    'input',
    (d) => `client ${d.client} says that example ${d.index} is ${show(d.actual)}, here it is ${show(d.expected)}`,
    'Client and evaluator must open the same dataset: compare `data` in their experiment files.',
  ),
};
