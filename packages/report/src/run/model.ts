/** What the page shows, apart from how: plain data that load.ts reads from run folders and the sections render. */
import type { ImageMetrics } from '@leakscope/evaluator/metrics';

/** A picture of the card: PNG bytes where the run kept them, and its metrics. */
export interface Picture {
  readonly png: Uint8Array | null;
  readonly metrics: ImageMetrics | null;
}

/** One reconstruction of one victim. */
export interface Victim {
  readonly id: string;
  /** Where it stands in its group, and how many the group has; null where all are shown. */
  readonly place: 'most' | 'median' | 'least' | null;
  readonly of: number;
  readonly stage: string;
  readonly round: number;
  readonly client: string;
  readonly attack: string;
  /** The attack's place in the experiment. */
  readonly attackIndex: number;
  readonly defense: string;
  readonly control: boolean;
  readonly label: string;
  readonly inferredLabel: string | null;
  readonly original: Picture;
  readonly reconstruction: Picture;
  readonly floor: Picture;
  readonly ceiling: Picture;
  readonly leakAbovePrior: number | null;
  readonly shareOfCeiling: number | null;
  /** Place of the true face among itself and all decoys; 1 is first. */
  readonly rank: number | null;
  readonly decoys: number | null;
  readonly pValue: number | null;
  /** What the attacker inferred about the defence, with the errors; null where it did not estimate. */
  readonly inferredDefense: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** One client at one stage, under one attack. */
export interface ClientRow {
  readonly stage: string;
  readonly client: string;
  readonly attack: string;
  readonly attackIndex: number;
  readonly defense: string;
  readonly control: boolean;
  /** Test accuracy of the shared model in the stage's last round, 0..1. */
  readonly accuracy: number | null;
  readonly leakAbovePrior: number | null;
  /** 95 % interval; only from 8 distinct victims on. */
  readonly leakInterval: readonly [number, number] | null;
  readonly shareOfCeiling: number | null;
  /** Means over distinct victims, by a metric's name. */
  readonly metrics: ImageMetrics;
  /** Share of distinct victims whose true face ranks first. */
  readonly rankedFirst: number | null;
  readonly medianRank: number | null;
  readonly decoys: number | null;
  readonly pValue: number | null;
  /** Distinct victims. */
  readonly victims: number;
  readonly reconstructions: number;
  readonly failures: number;
}

/** Test accuracy and mean leak of each client in one round. */
export interface RoundRow {
  readonly stage: string;
  readonly round: number;
  readonly accuracy: number | null;
  /** Of each client; of each client and attack where there are several. */
  readonly leaks: readonly { readonly client: string; readonly control: boolean; readonly leak: number }[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface RunReport {
  readonly name: string;
  readonly folder: string;
  readonly finished: boolean;
  /** What was audited, under which conditions: data, model, training, seeds, versions. */
  readonly conditions: readonly Fact[];
  readonly attack: readonly Fact[];
  readonly licences: readonly Fact[];
  readonly clients: readonly ClientRow[];
  readonly rounds: readonly RoundRow[];
  /** With pictures: of each client, stage and attack three at most. */
  readonly victims: readonly Victim[];
  /** Records that are in the table alone. */
  readonly unshown: number;
}
