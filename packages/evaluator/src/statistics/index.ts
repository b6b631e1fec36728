/** What may be concluded from the leak log: retrieval p-values, intervals, the summary of each client. */
export { bootstrapInterval, fisherP, LEAST_VICTIMS_FOR_INTERVAL, retrievalP } from './significance.ts';
export { type ClientSummary, summariseClients } from './summary.ts';
