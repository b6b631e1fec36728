/** What may be concluded from the leak log. */
export { type ClientSummary, summariseClients } from './summary.ts';
