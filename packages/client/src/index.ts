/** A federated client: local training, defence, upload. */
export {
  type Batch,
  type BatchGradient,
  defineLocalAlgorithm,
  type LocalAlgorithm,
  type LocalResult,
  type LocalRound,
} from './algorithms/local-algorithm.ts';
export { LOCAL_ALGORITHMS } from './algorithms/registry.ts';
export { examplesAt } from './example-order.ts';
export { localStepProgram } from './local-steps.ts';
export { LocalTrainer, type LocalTrainerOptions, type RoundTask, type TrainedRound } from './local-trainer.ts';
export { type ClientProgress, type RunClientOptions, runClient } from './run-client.ts';
export { type RunClientsOptions, runClients } from './run-clients.ts';
