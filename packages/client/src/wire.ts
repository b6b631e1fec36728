/** The client's end of the wire, without a model: the line to the server, and a client's side of the rounds. */
export { createBackoff } from './backoff.ts';
export { keepLinked } from './link.ts';
export { type Contribution, Participant } from './participant.ts';
