/** The arms of comparisons: the clients of a run against each other, and variants of an experiment against each other. */
import type { LeakRecord } from '../record.ts';

/** Only arms of equal settings are compared. */
export interface Setting {
  readonly stage: string;
  readonly attack: string;
  /** The attack's place in the experiment. */
  readonly attackIndex: number;
  /** The variant whose clients are compared, or the client whose variants are; null where the arms hold all of it. */
  readonly within: string | null;
}

/** One side of comparisons. */
export interface Arm {
  /** Of the client, or of the variant. */
  readonly name: string;
  readonly setting: Setting;
  /** By the federation's seed: differences are taken within one, because weights differ between seeds. */
  readonly bySeed: ReadonlyMap<number, readonly LeakRecord[]>;
}

export interface ComparedRun {
  /** In what it differs from the others, as text; runs that differ by the seed alone have the same. */
  readonly variant: string;
  readonly seed: number;
  readonly records: readonly LeakRecord[];
}

/**
 * The arms that have something to say, controls left out. Variants are compared as wholes where each client of a run has the same defence, else client
 * by client. The clients of a variant are compared where their defences differ, or where there is one variant alone.
 */
export function armsOf(runs: readonly ComparedRun[]): Arm[] {
  const observed = runs.flatMap(({ variant, seed, records }) =>
    records.filter(({ control }) => !control).map((record) => ({ variant, seed, record })),
  );
  const several = new Set(runs.map(({ variant }) => variant)).size > 1;
  const mixed = runs.some(
    ({ records }) => new Set(records.flatMap(({ control, defense }) => (control ? [] : defense))).size > 1,
  );
  const ofClients = group(observed, ({ variant, record }) => [record.client, several ? variant : null]);
  const ofVariants = group(observed, ({ variant, record }) => [variant, mixed ? record.client : null]);
  return [...(mixed || !several ? ofClients : []), ...(several ? ofVariants : [])];
}

type Observed = Pick<ComparedRun, 'variant' | 'seed'> & { readonly record: LeakRecord };

function group(observed: readonly Observed[], sideOf: (one: Observed) => [name: string, within: string | null]): Arm[] {
  const groups = Map.groupBy(observed, (one) =>
    JSON.stringify([one.record.stage, one.record.attackIndex, ...sideOf(one)]),
  );
  return [...groups.values()].map((own) => {
    const [first] = own as [Observed];
    const { stage, attack, attackIndex } = first.record;
    const [name, within] = sideOf(first);
    const bySeed = [...Map.groupBy(own, ({ seed }) => seed)].map(
      ([seed, list]) => [seed, list.map(({ record }) => record)] as const,
    );
    return { name, setting: { stage, attack, attackIndex, within }, bySeed: new Map(bySeed) };
  });
}
