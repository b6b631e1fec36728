/** Benchmarks of what takes the time: the matching step and the local training step. */
export { allCorrect, type BenchCase, type BenchOptions, LARGEST_ERROR } from './case.ts';
export { benchMatching } from './matching.ts';
export { benchTraining } from './training.ts';
