/** The table: what each client leaks at each stage, over its distinct victims. */
import { seeded } from '@leakscope/shared/random';
import type { ImageMetrics } from '../metrics/registry.ts';
import type { LeakRecord } from '../record.ts';
import { bootstrapInterval, fisherP, mean, median } from './significance.ts';

export interface ClientSummary {
  readonly stage: string;
  readonly client: string;
  readonly attack: string;
  /** The attack's place in the experiment. */
  readonly attackIndex: number;
  readonly defense: string;
  readonly control: boolean;
  /** Distinct victims; every mean below is over these, each victim counting once. */
  readonly victims: number;
  readonly reconstructions: number;
  /** Failed or timed-out attacks. They count as showing the floor: leak 0, p-value 1. */
  readonly failures: number;
  /** Means, of the floor where an attack failed; null where a metric is known of no victim. */
  readonly metrics: ImageMetrics;
  readonly labelAccuracy: number | null;
  readonly leakAbovePrior: number;
  /** 95 % bootstrap interval over victims; absent below 8 of them. */
  readonly leakInterval?: readonly [low: number, high: number];
  readonly shareOfCeiling: number | null;
  /** Share of the victims that rank before all their decoys. */
  readonly rankFirstFraction: number;
  /** Of the victims with a reconstruction. */
  readonly medianRank: number | null;
  /** Smallest N of any victim. */
  readonly decoys: number;
  /** Fisher's combination of one p-value a distinct victim. */
  readonly p: number;
}

/** One summary per stage, client and attack, in the order of the records. */
export function summariseClients(records: readonly LeakRecord[]): ClientSummary[] {
  const groups = Map.groupBy(records, ({ stage, client, attackIndex }) => JSON.stringify([stage, client, attackIndex]));
  return [...groups.values()].map(summarise);
}

function summarise(records: readonly LeakRecord[]): ClientSummary {
  const [first] = records as [LeakRecord];
  const { stage, client, attack, attackIndex, defense, control } = first;
  const victims = [...Map.groupBy(records, ({ victimIndex }) => victimIndex).values()];
  /** Each victim's own mean first, so that one seen in many rounds weighs no more than another. */
  const over = (value: (record: LeakRecord) => number | null | undefined): number[] =>
    victims.flatMap((own) => {
      const known = own.flatMap((record) => value(record) ?? []);
      return known.length === 0 ? [] : [mean(known)];
    });
  const meanOf = (value: (record: LeakRecord) => number | null | undefined): number | null => {
    const values = over(value);
    return values.length === 0 ? null : mean(values);
  };
  const retrievals = victims.map((own) => (own[0] as LeakRecord).victimRetrieval);
  const ranks = retrievals.flatMap(({ rank }) => rank ?? []);
  const leaks = over(({ leakAbovePrior }) => leakAbovePrior);
  const leakInterval = bootstrapInterval(leaks, seeded('leak-interval', stage, client, attack));
  return {
    stage,
    client,
    attack,
    attackIndex,
    defense,
    control,
    victims: victims.length,
    reconstructions: records.filter(({ metrics }) => metrics !== null).length,
    failures: records.filter(({ failed }) => failed !== null).length,
    metrics: Object.fromEntries(
      Object.keys(first.floor).map((name) => [name, meanOf((record) => (record.metrics ?? record.floor)[name])]),
    ) as ImageMetrics,
    labelAccuracy: meanOf(({ labelCorrect }) => (labelCorrect === null ? null : Number(labelCorrect))),
    leakAbovePrior: mean(leaks),
    ...(leakInterval !== undefined && { leakInterval }),
    shareOfCeiling: meanOf(({ shareOfCeiling }) => shareOfCeiling),
    rankFirstFraction: ranks.filter((rank) => rank === 1).length / victims.length,
    medianRank: ranks.length === 0 ? null : median(ranks),
    decoys: Math.min(...retrievals.map(({ decoys }) => decoys)),
    p: fisherP(retrievals.map(({ p }) => p)),
  };
}
