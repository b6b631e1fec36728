/** The runs of a comparison: one federation for each combination of values and each seed. */
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { openExperiment } from '../inputs/experiment.ts';
import { type Assignment, combinations } from './vary.ts';

export interface ComparisonOptions {
  /** `KEY=A|B`, one a key. */
  readonly vary: readonly string[];
  /** Repetitions: the experiment's seed and those that follow it. */
  readonly seeds: number;
  readonly set: readonly string[];
  readonly base: string | undefined;
}

export interface PlannedRun {
  /** Of its folder: the values and the seed. */
  readonly name: string;
  readonly experiment: Experiment;
  readonly base: string;
}

/**
 * In the order in which they are run: all combinations at the first seed, then at the next, so that an early stop leaves whole comparisons.
 * Throws CLI_OPTION_INVALID, and of any run what `openExperiment` throws, before the first begins.
 */
export async function planComparison(
  path: string,
  { vary, seeds, set, base }: ComparisonOptions,
): Promise<PlannedRun[]> {
  const variants = combinations(vary);
  const { experiment } = await openExperiment(path, { set, base });
  const runs: PlannedRun[] = [];
  for (let seed = experiment.seed; seed < experiment.seed + seeds; seed++) {
    for (const variant of variants) {
      const own = variant.filter(({ key }) => key !== 'defense').map(({ key, value }) => `${key}=${value}`);
      const defense = variant.find(({ key }) => key === 'defense')?.value;
      const opened = await openExperiment(path, { set: [...set, ...own, `seed=${seed}`], base, defense });
      runs.push({ name: folderName(variant, seed), ...opened });
    }
  }
  const names = runs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    const reason = `two of its values would share the folder ${twice}`;
    throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--vary', value: vary.join(' '), reason });
  }
  return runs;
}

/** As `noise_sigma=0.1-seed-2022`. */
function folderName(variant: readonly Assignment[], seed: number): string {
  const text = variant.map(({ key, value }) => (key === 'defense' ? value : `${key}=${value}`)).join('_');
  return `${text.replace(/[^\w.=+-]+/g, '_').replace(/^\.+/, '')}-seed-${seed}`;
}
