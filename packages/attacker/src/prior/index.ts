/** The attacker's prior: a generator, and the images that it gives. */
export { type GenerateOptions, generate } from './generate.ts';
export { loadPrior } from './load.ts';
