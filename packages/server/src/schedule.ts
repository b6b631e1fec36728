/** The experiment's stages as one list of rounds. */
import type { Experiment, Stage, Training } from '@leakscope/shared/config';

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
  /** Ids of those who may be drawn, in the experiment's order. */
  clients: readonly string[];
  training: Training;
}

export function schedule({ stages, clients }: Pick<Experiment, 'stages' | 'clients'>): ScheduledRound[] {
  const perStage = stages.map((stage, stageIndex) => {
    const { name, rounds, audit, training } = stage;
    const shared = { stageIndex, stage: name, rounds, audit, training, clients: membersOf(stage, clients) };
    return Array.from({ length: rounds }, (_, position) => ({ ...shared, position }));
  });
  return perStage.flat().map((entry, round) => ({ round, ...entry }));
}

function membersOf(stage: Stage, clients: Experiment['clients']): string[] {
  const ids = clients.map(({ id }) => id);
  return ids.filter((id) => stage.clients === 'all' || stage.clients.includes(id));
}
