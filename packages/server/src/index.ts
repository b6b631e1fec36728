/** The honest but curious server: rounds, aggregation, accuracy, interception. */
export { type Accuracy, type AccuracyOptions, openAccuracy } from './accuracy.ts';
export {
  type RunServerOptions,
  runServer,
  SERVER_PATIENCE,
  type ServerPatience,
  type ServerProgress,
} from './run-server.ts';
