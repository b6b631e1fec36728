/** Where a round stands in the experiment. */
import type { Stage, Training } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';

interface RoundPosition {
  stage: string;
  training: Training;
  /** Of the round within its stage, from 0. */
  position: number;
  /** The stage's number of rounds. */
  rounds: number;
}

/** The client trains as its own experiment file says. Throws CLIENT_ROUND_UNKNOWN for a round that is not in it. */
export function roundPosition(
  stages: readonly Stage[],
  { stageIndex, round }: { stageIndex: number; round: number },
): RoundPosition {
  const before = stages.slice(0, stageIndex).reduce((sum, { rounds }) => sum + rounds, 0);
  const stage = stages[stageIndex];
  if (stage === undefined || round < before || round >= before + stage.rounds) {
    throw new LeakscopeError('CLIENT_ROUND_UNKNOWN', { stageIndex, round });
  }
  return { stage: stage.name, training: stage.training, position: round - before, rounds: stage.rounds };
}
