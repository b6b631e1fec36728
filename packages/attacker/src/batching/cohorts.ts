/** How many updates of a round share a graph, attack by attack: what the experiment says, or what a short measurement found. */
import type { Measurements } from '@leakscope/shared/measurements';
import type { AttackJob, Store } from '@leakscope/store';
import type { AttackContext, AttackInput } from '../contract/attack.ts';
import { modelOf } from '../contract/victim.ts';
import { cohortSizes, measuredPopulation, type Planned, populationChoice } from './measured-population.ts';
import { type PopulationChoice, updatesIn } from './populations.ts';

interface CohortsOptions {
  /** The experiment's `queue.together`. */
  readonly together: 'auto' | number;
  readonly choices: Store['choices'];
  /** Kept by the machine, for the runs that come. */
  readonly measurements: Measurements;
  readonly context: AttackContext;
}

/** Size of an attack's cohorts, and the population where that was measured. */
interface Cohort {
  readonly updates: number;
  readonly population?: number;
}

/** The cohorts of one run. A choice is made once for a run and attack, and stands for all of its workers. */
export class Cohorts {
  readonly #options: CohortsOptions;
  readonly #cohorts = new Map<number, Cohort>();

  constructor(options: CohortsOptions) {
    this.#options = options;
  }

  /** Updates that share a graph in the attack that `job` asks for; 0 until it is decided. */
  sizeOf({ attackIndex }: AttackJob): number {
    return this.#cohorts.get(attackIndex)?.updates ?? 0;
  }

  /** What such an attack's context says of it. */
  contextOf({ attackIndex }: AttackJob): Pick<AttackContext, 'population'> {
    const population = this.#cohorts.get(attackIndex)?.population;
    return population === undefined ? {} : { population };
  }

  /** From here on this attack's jobs go alone. */
  alone({ attackIndex }: AttackJob): void {
    this.#cohorts.set(attackIndex, { updates: 1 });
  }

  /** Decides for a job's attack where that is still open. `load` is called only for a measurement. @throws what the attack throws */
  async decide(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<void> {
    if (this.sizeOf(job) === 0) this.#cohorts.set(job.attackIndex, await this.#cohort(job, plan, load));
  }

  async #cohort(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<Cohort> {
    const { together, choices } = this.#options;
    if (plan.cohort === undefined) return { updates: 1 };
    if (together !== 'auto') return { updates: together };
    const name = `together/${job.attackIndex}`;
    const made = choices.get(name)?.value;
    const found = made ?? (await this.#measured(job, plan, load));
    if (found === undefined) return { updates: 1 };
    const { size } = populationChoice.parse(made ?? choices.make(name, found).value);
    return { updates: updatesIn(size, plan.cohort.workload.candidates), population: size };
  }

  async #measured(
    job: AttackJob,
    plan: Planned,
    load: () => Promise<AttackInput>,
  ): Promise<PopulationChoice | undefined> {
    const { measurements, context } = this.#options;
    const updates = await cohortSizes(context.executor);
    const update = { ...job, model: await modelOf(job, context.base) };
    return await measuredPopulation({ plan, update, updates, measurements, context, load });
  }
}
