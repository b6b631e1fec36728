/** Server optimisers: their contract, those that ship with Leakscope, and how one is named. */
export { SERVER_OPTIMISERS, serverOptimiser } from './optimisers/registry.ts';
export {
  defineServerOptimiser,
  type ServerOptimiser,
  type ServerOptimiserKind,
} from './optimisers/server-optimiser.ts';
