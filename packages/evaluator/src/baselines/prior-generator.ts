/** The generator behind floor and ceiling. */
import { type LoadedGenerator, loadGenerator } from '@leakscope/models';
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';

/** The generator that the evaluation names, else that of the first attack with one; undefined where no attack has any. Throws EVAL_GENERATOR_MISFIT. */
export async function priorGenerator(
  experiment: Experiment,
  resolution: number,
  base = '.',
): Promise<LoadedGenerator | undefined> {
  const names = [experiment.evaluation.generator, ...experiment.attacks.map(({ params }) => params.generator)];
  const name = names.find((candidate) => typeof candidate === 'string');
  if (name === undefined) return undefined;
  const loaded = await loadGenerator(name, base);
  const makes = loaded.generator.outputShape;
  const needs = [3, resolution, resolution];
  if (makes.some((n, i) => n !== needs[i]))
    throw new LeakscopeError('EVAL_GENERATOR_MISFIT', { generator: name, makes, needs });
  return loaded;
}
