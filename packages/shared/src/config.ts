/** The experiment file: schema, defaults, loading, overrides and digests. docs/experiment-file.md lists every key. */
export {
  type AttackConfig,
  type EvaluationConfig,
  type QueueConfig,
  queueSchema,
  type ThreatConfig,
  threatSchema,
} from './config/attack.ts';
export { CLIENT_ID, type ClientConfig } from './config/clients.ts';
export { agreementDigest, withoutSecrets } from './config/digest.ts';
export { ENGINES, type Experiment, experimentSchema } from './config/experiment.ts';
export { experimentKeys, type KeyDescription } from './config/keys.ts';
export { type LoadOptions, loadExperiment, parseExperiment } from './config/load.ts';
export type { ConnectionConfig, ServerConfig } from './config/server.ts';
export { ALGORITHMS, type Stage, type Training, trainingSchema, UPLOADS } from './config/training.ts';
export { resolveExperiment } from './config/validate.ts';
