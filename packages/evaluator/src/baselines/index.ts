/** What a reconstruction is held against: floors, which know nothing of the update, and the ceiling, which knows the truth. */
export { BASELINES } from './registry.ts';
