/** Victim models, generators and critics with PyTorch's names and layouts, as pure tensor functions over named weights. */

export { countCorrect, oneHot } from './class-labels.ts';
export {
  type Architecture,
  type Classifier,
  type ClassifierOptions,
  defineClassifier,
  type Network,
} from './classifier.ts';
export { CLASSIFIERS, classifier, openClassifier } from './classifiers.ts';
export type { Critic } from './critic.ts';
export { CRITIC_NAMES, critic } from './critics.ts';
export { defineGenerator, type Generator, type GeneratorStage } from './generator.ts';
export { GENERATORS, generator } from './generators.ts';
export type { ClassifierModule, GeneratorModule, ModelKit } from './kit.ts';
export {
  BATCH_NORM_EPSILON,
  type BatchStatistics,
  evalLayers,
  type Layers,
  type TrainLayers,
  trainLayers,
  type Weights,
  type Window,
  weight,
  weightTensors,
} from './layers.ts';
export { type LiveModel, liveModel } from './live-model.ts';
export { generatorFile, type LoadedGenerator, loadGenerator } from './load-generator.ts';
export { type LossAndGradient, lossAndGradient, type Mode } from './loss.ts';
export type { ParameterSpec, Role } from './modules.ts';
export { MOMENTUM, updateRunningStatistics } from './running-statistics.ts';
export { between, rest, stagesOf } from './stages.ts';
export { checkUpdate, checkWeights, type Model, saveWeights } from './weights.ts';
