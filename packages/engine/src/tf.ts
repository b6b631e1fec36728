/** tfjs-core with gradients that can be differentiated again; tensor programs import this and never tfjs-core itself. */
import '@tensorflow/tfjs-backend-cpu';
import './gradients/register.ts';
import './kernels/conv2d.ts';
import './kernels/max-pool2d.ts';
import * as core from '@tensorflow/tfjs-core';
import { logSoftmax, logSumExp, softmaxCrossEntropy } from './ops/loss.ts';

// tfjs prints advice about its native backend on first use in Node; Leakscope has executors of its own.
core.enableProdMode();

export * from '@tensorflow/tfjs-core';
export { logSoftmax, logSumExp };

// tfjs writes these two as custom gradients that keep their output, so their second derivative is silently wrong.
export const losses = {
  ...core.losses,
  softmaxCrossEntropy: (oneHotLabels: core.Tensor, logits: core.Tensor): core.Scalar =>
    core.mean(softmaxCrossEntropy(logits, oneHotLabels)) as core.Scalar,
};
