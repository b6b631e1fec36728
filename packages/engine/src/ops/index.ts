/** Layers and losses of the models as tensor operations in PyTorch's layout (NCHW, OIHW); each can be differentiated twice. */
export { leakyRelu } from './activation.ts';
export { type ConvOptions, conv2d, convTranspose2d, linear } from './conv.ts';
export { type Differentiated, type Gradients, gradients } from './gradients.ts';
export { logSoftmax, logSumExp, softmaxCrossEntropy, stopGradient } from './loss.ts';
export { type BatchNormWeights, batchNorm, batchNormTrain } from './norm.ts';
export { averagePool2d, globalAveragePool, maxPool2d } from './pool.ts';
export { resizeArea, resizeBilinear, resizeNearest } from './resize.ts';
