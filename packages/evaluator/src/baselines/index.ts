/** What a reconstruction is held against: floors, which know nothing of the update, and the ceiling, which knows the truth. */
export { type Ceiling, defineCeiling, defineFloor, type Floor, type Sources } from './baseline.ts';
export { BASELINES, type BaselineParams } from './registry.ts';
