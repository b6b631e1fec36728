/** The population that this machine is fastest with, measured once and kept. */
import type { ExecutorChoice } from '@leakscope/engine';
import { autoExecutors, isOnGpu } from '@leakscope/engine/selection';
import type { Measurements } from '@leakscope/shared/measurements';
import { z } from 'zod';
import type { AttackContext, AttackInput } from '../contract/attack.ts';
import type { AttackPlan, CohortPlan } from '../contract/plan.ts';
import type { InterceptedUpdate } from '../contract/update.ts';
import { choosePopulation, largestPopulation, type PopulationChoice, populationsFor } from './populations.ts';

/** Attacks of fewer evaluations are over before a measurement has paid for itself. */
const LEAST_EVALUATIONS = 1000;
/**
 * Cohorts that are tried. One more update takes some 200 MB of a CPU's memory, so that larger cohorts are the user's to ask for. A GPU
 * spends most of a small step on starting its operations, whatever their size.
 */
const UPDATES_ON = { cpu: [1, 2, 4], gpu: [1, 2, 4, 8, 16] } as const;

/** Sizes of a cohort that are tried for attacks by an executor. */
export async function cohortSizes(executor: ExecutorChoice = 'auto'): Promise<readonly number[]> {
  const chosen = executor === 'auto' ? (await autoExecutors()).attacks : executor;
  return isOnGpu(chosen) ? UPDATES_ON.gpu : UPDATES_ON.cpu;
}

/** What was chosen, as a run and the machine keep it. */
export const populationChoice = z.object({
  size: z.int().min(1),
  seconds: z.record(z.string(), z.number().positive()),
});

/** The attack whose population is chosen. */
export type Planned = Pick<AttackPlan, 'name' | 'cohort'>;
/** What the speed depends on, attack and machine apart. */
type Kind = Pick<InterceptedUpdate, 'model' | 'batchSize' | 'batchNorm'>;

interface PopulationOptions {
  readonly plan: Planned;
  readonly update: Kind;
  /** Sizes of a cohort that are tried. */
  readonly updates: readonly number[];
  readonly measurements: Measurements;
  readonly context: AttackContext;
  /** Called only for a measurement. */
  load(): Promise<AttackInput>;
}

/**
 * The population that this machine is known, or now found, to be fastest with. Undefined where nothing is to be chosen: the attack is
 * short, only one population is possible, or a batch's own statistics couple candidates. @throws what the attack throws
 */
export async function measuredPopulation(options: PopulationOptions): Promise<PopulationChoice | undefined> {
  const { plan, update, updates, measurements, context, load } = options;
  const { cohort } = plan;
  if (cohort === undefined || update.batchNorm === 'train') return undefined;
  const { steps, candidates } = cohort.workload;
  const trials = { candidates, updates, most: largestPopulation(update.model, update.batchSize) };
  if (steps * candidates < LEAST_EVALUATIONS || populationsFor(trials).length < 2) return undefined;
  return await measurements.of(
    `candidates a graph: ${kindOf(plan.name, cohort, options)}`,
    populationChoice,
    async () => {
      const input = await load();
      return choosePopulation(trials, (population) => cohort.seconds(input, population, context));
    },
  );
}

function kindOf(name: string, { workload }: CohortPlan, { update, updates, context }: PopulationOptions): string {
  const { model, batchSize } = update;
  const { executor = 'auto', threads } = context;
  const search = `${name}, ${workload.candidates} ${workload.gradient ? 'gradients' : 'values'} a step of ${updates} updates`;
  const victim = `${model.name} ${model.classes} classes, resolution ${model.inputShape[1]}, batch ${batchSize}`;
  return `${search}, ${victim}, ${executor}, ${threads ?? 'all'} threads`;
}

/**
 * `measuredPopulation` for an update by itself, as an attack's context takes it. Where the measurement fails the attack goes by its
 * own default.
 */
export async function populationAlone(
  options: Omit<PopulationOptions, 'updates'>,
): Promise<Pick<AttackContext, 'population'>> {
  const choice = await measuredPopulation({ ...options, updates: [1] }).catch(() => undefined);
  return choice === undefined ? {} : { population: choice.size };
}
