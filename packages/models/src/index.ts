/** Victim models, generators and critics with PyTorch's names and layouts, as pure tensor functions over named weights. */
export { countCorrect, oneHot } from './class-labels.ts';
export type { Classifier, ClassifierOptions } from './classifier.ts';
export { CLASSIFIER_NAMES, classifier } from './classifiers.ts';
export type { Critic } from './critic.ts';
export { CRITIC_NAMES, critic } from './critics.ts';
export type { Generator } from './generator.ts';
export { GENERATOR_NAMES, generator } from './generators.ts';
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
export { type LossAndGradient, lossAndGradient, type Mode } from './loss.ts';
export type { ParameterSpec, Role } from './modules.ts';
export { MOMENTUM, updateRunningStatistics } from './running-statistics.ts';
export { checkUpdate, checkWeights, type LoadedGenerator, loadGenerator, type Model, saveWeights } from './weights.ts';
