/** Which executor runs a program here, and the probes that `auto` chooses by. */
export { type AutoExecutors, autoExecutors, fastest, isOnGpu } from './choose.ts';
export { probeCuda } from './probe/all.ts';
export { type ProbeResults, writeProbes } from './probe/cache.ts';
export { gpusTurnedOff, mayHaveGpu } from './probe/machine.ts';
export { type Probed, type ProbeResult, speedUp } from './probe/result.ts';
export { probe } from './probe/run.ts';
