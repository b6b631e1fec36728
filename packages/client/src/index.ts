/** A federated client: local training, defence, upload. */
export type { Batch, BatchGradient, LocalAlgorithm, LocalResult, LocalRound } from './algorithms/local-algorithm.ts';
export { localAlgorithm } from './algorithms/registry.ts';
export { type GradientOptions, type GradientSession, openGradientSession } from './batch-gradient.ts';
export { type ExampleOrder, examplesAt } from './example-order.ts';
export { localStepProgram } from './local-steps.ts';
export { LocalTrainer, type LocalTrainerOptions, type RoundTask, type TrainedRound } from './local-trainer.ts';
export { type ClientProgress, type RunClientOptions, runClient } from './run-client.ts';
export { type RunClientsOptions, runClients } from './run-clients.ts';
