/** The experiment's stages as one list of rounds. */
import type { Stage, Training } from '@leakscope/shared/config';

export interface ScheduledRound {
  /** Over all stages, from 0. */
  round: number;
  stageIndex: number;
  stage: string;
  /** Within the stage, from 0. */
  position: number;
  /** The stage's number of rounds. */
  rounds: number;
  audit: boolean;
  training: Training;
}

export function schedule(stages: readonly Stage[]): ScheduledRound[] {
  const perStage = stages.map(({ name, rounds, audit, training }, stageIndex) =>
    Array.from({ length: rounds }, (_, position) => ({ stageIndex, stage: name, position, rounds, audit, training })),
  );
  return perStage.flat().map((entry, round) => ({ round, ...entry }));
}
