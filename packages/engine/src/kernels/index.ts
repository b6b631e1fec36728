/** The engine's own kernels, for programs that need more of a convolution than its value: its gradients, its output's size, its live taps. */
export { Conv2dFilterGrad, outputSize, runConv } from './conv2d.ts';
export { type LiveTaps, liveTaps } from './taps.ts';
