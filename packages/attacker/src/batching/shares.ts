/** How many candidates, and so how many updates of a round, share a graph: what the experiment says, or what a short measurement found. */
import type { ExecutorChoice } from '@leakscope/engine';
import { autoExecutors, isOnGpu } from '@leakscope/engine/selection';
import type { Measurements } from '@leakscope/shared/measurements';
import type { AttackJob, Store } from '@leakscope/store';
import { z } from 'zod';
import type { AttackContext, AttackInput } from '../contract/attack.ts';
import type { InterceptedUpdate } from '../contract/update.ts';
import { modelOf } from '../contract/victim.ts';
import type { AttackPlan, PlannedSideBySide } from '../registry.ts';
import { chooseSize, mostCandidates, type SizeChoice, sizesFor, updatesIn } from './graph-sizes.ts';

/** Attacks of fewer evaluations are over before a measurement has paid for itself. */
export const LEAST_EVALUATIONS = 1000;
/**
 * Numbers of updates that are tried in one graph. One more takes some 200 MB of a CPU's memory, so that larger ones are the user's to ask
 * for; a GPU spends most of a small step on starting its operations, whatever their size.
 */
const UPDATES_ON = { cpu: [1, 2, 4], gpu: [1, 2, 4, 8, 16] } as const;

/** Those numbers for attacks by an executor. */
export async function updatesTogether(executor: ExecutorChoice = 'auto'): Promise<readonly number[]> {
  const chosen = executor === 'auto' ? (await autoExecutors()).attacks : executor;
  return isOnGpu(chosen) ? UPDATES_ON.gpu : UPDATES_ON.cpu;
}

/** What was chosen, as a run and the machine keep it. */
const sizeChoice = z.object({ size: z.int().min(1), seconds: z.record(z.string(), z.number().positive()) });

type Planned = Pick<AttackPlan, 'name' | 'sideBySide'>;
/** What the speed depends on, attack and machine apart. */
type Kind = Pick<InterceptedUpdate, 'model' | 'batchSize' | 'batchNorm'>;

export interface SizeOptions {
  readonly plan: Planned;
  readonly update: Kind;
  /** Numbers of updates that may share a graph. */
  readonly updates: readonly number[];
  readonly measurements: Measurements;
  readonly context: AttackContext;
  /** Called only for a measurement. */
  load(): Promise<AttackInput>;
}

/**
 * The size of graph that this machine is known, or now found, to be fastest with; undefined where nothing is to be chosen: the attack is
 * short, has one size alone, or a batch's own statistics couple candidates. @throws what the attack throws
 */
export async function measuredSize(options: SizeOptions): Promise<SizeChoice | undefined> {
  const { plan, update, updates, measurements, context, load } = options;
  const { sideBySide } = plan;
  if (sideBySide === undefined || update.batchNorm === 'train') return undefined;
  const { steps, candidates } = sideBySide.workload;
  const sharing = { candidates, updates, most: mostCandidates(update.model, update.batchSize) };
  if (steps * candidates < LEAST_EVALUATIONS || sizesFor(sharing).length < 2) return undefined;
  return await measurements.of(
    `candidates a graph: ${kindOf(plan.name, sideBySide, options)}`,
    sizeChoice,
    async () => {
      const input = await load();
      return chooseSize(sharing, (size) => sideBySide.seconds(input, size, context));
    },
  );
}

function kindOf(name: string, { workload }: PlannedSideBySide, { update, updates, context }: SizeOptions): string {
  const { model, batchSize } = update;
  const { executor = 'auto', threads } = context;
  const search = `${name}, ${workload.candidates} ${workload.gradient ? 'gradients' : 'values'} a step of ${updates} updates`;
  const victim = `${model.name} ${model.classes} classes, resolution ${model.inputShape[1]}, batch ${batchSize}`;
  return `${search}, ${victim}, ${executor}, ${threads ?? 'all'} threads`;
}

/** `measuredSize` for an update by itself, as an attack takes it. What cannot be measured fails by itself, or goes by the attack's default. */
export async function widthAlone(options: Omit<SizeOptions, 'updates'>): Promise<Pick<AttackContext, 'width'>> {
  const choice = await measuredSize({ ...options, updates: [1] }).catch(() => undefined);
  return choice === undefined ? {} : { width: choice.size };
}

export interface SharesOptions {
  readonly together: 'auto' | number;
  readonly choices: Store['choices'];
  /** Kept by the machine, for the runs that come. */
  readonly measurements: Measurements;
  readonly context: AttackContext;
}

/** Updates in a graph, and the candidates in a call where that was measured. */
interface Share {
  readonly updates: number;
  readonly width?: number;
}

/** The shares of one run. A choice is made once a run and attack, and stands for all of its workers. */
export class Shares {
  readonly #options: SharesOptions;
  readonly #shares = new Map<number, Share>();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** Updates side by side in the attack that `job` asks for; 0 until it is decided. */
  of({ attackIndex }: AttackJob): number {
    return this.#shares.get(attackIndex)?.updates ?? 0;
  }

  /** What such an attack is told of it. */
  widthOf({ attackIndex }: AttackJob): Pick<AttackContext, 'width'> {
    const width = this.#shares.get(attackIndex)?.width;
    return width === undefined ? {} : { width };
  }

  /** Whatever the attack, this one's jobs go alone from here on. */
  alone({ attackIndex }: AttackJob): void {
    this.#shares.set(attackIndex, { updates: 1 });
  }

  /** Decides for a job's attack where that is still open. `load` is called only for a measurement. @throws what the attack throws */
  async decide(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<void> {
    if (this.of(job) === 0) this.#shares.set(job.attackIndex, await this.#share(job, plan, load));
  }

  async #share(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<Share> {
    const { together, choices } = this.#options;
    if (plan.sideBySide === undefined) return { updates: 1 };
    if (together !== 'auto') return { updates: together };
    const name = `together/${job.attackIndex}`;
    const made = choices.get(name)?.value;
    const found = made ?? (await this.#measured(job, plan, load));
    if (found === undefined) return { updates: 1 };
    const { size } = sizeChoice.parse(made ?? choices.make(name, found).value);
    return { updates: updatesIn(size, plan.sideBySide.workload.candidates), width: size };
  }
  async #measured(job: AttackJob, plan: Planned, load: () => Promise<AttackInput>): Promise<SizeChoice | undefined> {
    const { measurements, context } = this.#options;
    const updates = await updatesTogether(context.executor);
    const update = { ...job, model: await modelOf(job, context.base) };
    return await measuredSize({ plan, update, updates, measurements, context, load });
  }
}
