/** The server's end of the wire, without a model: connections, and a round as its clients meet it. */
export { RoundAggregate } from './aggregation/round-aggregate.ts';
export { Connections } from './connections.ts';
export { openHttpApi } from './http-api.ts';
export { OpenRound } from './open-round.ts';
export { RoundCollection } from './round-collection.ts';
export { RoundRecords } from './round-records.ts';
export { UpdateInbox } from './update-inbox.ts';
export { WeightsDownload } from './weights-download.ts';
