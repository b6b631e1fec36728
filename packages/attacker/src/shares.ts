/** How many updates of a round are attacked in one graph: what the experiment says, or what a short measurement found. */
import type { Measurements } from '@leakscope/shared/measurements';
import type { AttackJob, Store } from '@leakscope/store';
import { z } from 'zod';
import type { AttackContext, AttackInput } from './attack.ts';
import type { AttackPlan } from './registry.ts';

/** Sizes that are tried: two may gain nothing where four do. An update more takes some 200 MB, so that larger ones are the user's to ask for. */
const SIZES = [1, 2, 4];
/** A size must save this share of the time that an update takes at the best smaller one: it takes more memory. */
const WORTHWHILE = 0.05;
/** Attacks of fewer evaluations are over before a measurement has paid for itself. */
export const LEAST_EVALUATIONS = 1000;

/** What was chosen, as the run keeps it. */
const shareChoice = z.object({
  size: z
    .int()
    .min(1)
    .max(Math.max(...SIZES)),
  /** Seconds that an evaluation takes an update, by size. */
  seconds: z.record(z.string(), z.number().positive()),
});

export type ShareChoice = z.output<typeof shareChoice>;

/** Measures all sizes and takes the largest that is worth it. */
export async function chooseSize(seconds: (size: number) => Promise<number>): Promise<ShareChoice> {
  const each: Record<string, number> = {};
  let size = 1;
  for (const next of SIZES) {
    const took = (await seconds(next)) / next;
    each[next] = took;
    if (took < (1 - WORTHWHILE) * (each[size] as number)) size = next;
  }
  return { size, seconds: each };
}

export interface SharesOptions {
  readonly together: 'auto' | number;
  readonly choices: Store['choices'];
  /** Kept by the machine, for the runs that come. */
  readonly measurements: Measurements;
  readonly context: AttackContext;
}

/** The sizes of one run. A choice is made once a run and attack, and stands for all of its workers. */
export class Shares {
  readonly #options: SharesOptions;
  readonly #sizes = new Map<number, number>();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** Of the attack that `job` asks for; 0 until it is decided. */
  of({ attackIndex }: AttackJob): number {
    return this.#sizes.get(attackIndex) ?? 0;
  }

  /** Whatever the attack, this one's jobs go alone from here on. */
  alone({ attackIndex }: AttackJob): void {
    this.#sizes.set(attackIndex, 1);
  }

  /** Decides for a job's attack where that is still open. `load` is called only for a measurement. @throws what the attack throws */
  async decide(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<void> {
    if (this.of(job) === 0) this.#sizes.set(job.attackIndex, await this.#size(job, plan, load));
  }

  async #size(job: AttackJob, { name, sideBySide }: Planned, load: () => Promise<AttackInput>): Promise<number> {
    const { together, choices, measurements, context } = this.#options;
    if (sideBySide === undefined) return 1;
    if (together !== 'auto') return together;
    if (sideBySide.evaluations < LEAST_EVALUATIONS) return 1;
    const choice = `together/${job.attackIndex}`;
    const made = choices.get(choice);
    if (made !== undefined) return shareChoice.parse(made.value).size;
    const found = await measurements.of(`side by side: ${kindOf(name, job, context)}`, shareChoice, async () => {
      const input = await load();
      return chooseSize((size) => sideBySide.seconds(input, size, context));
    });
    return shareChoice.parse(choices.make(choice, found).value).size;
  }
}

type Planned = Pick<AttackPlan, 'name' | 'sideBySide'>;

/** What the speed depends on, the machine apart. */
function kindOf(name: string, job: AttackJob, { executor = 'auto', threads }: AttackContext): string {
  const { arch, classes, resolution = 'default', batchSize } = job;
  const model = `${arch} ${classes} classes, resolution ${resolution}, batch ${batchSize}`;
  return `${name}, ${model}, ${executor}, ${threads ?? 'all'} threads`;
}
