/** Errors of the client process. */
import { entry, show } from './entry.ts';

export const clientErrors = {
  CLIENT_DISCONNECTED: entry<{ url: string; reason: string }>(
    'network',
    (d) => `the connection to ${d.url} is lost: ${d.reason}`,
    'Check that the server runs and that the address is right.',
  ),
  CLIENT_DIVERGED: entry<{ clientId: string; stage: string; round: number }>(
    'computation',
    (d) => `client ${d.clientId} has an update that is not finite in round ${d.round} (stage ${d.stage})`,
    'Lower training.learningRate; with batchNorm: train, use more than one value per channel (a larger batch or resolution).',
  ),
  CLIENT_EXAMPLES_COUPLED: entry<{ clientId: string; defense: string }>(
    'usage',
    (d) =>
      `client ${d.clientId}: defence ${show(d.defense)} acts on each example, but batchNorm: train couples a batch`,
    'Set training.batchNorm: frozen.',
  ),
  CLIENT_REFUSED: entry<{ url: string; code: string; reason: string }>(
    'network',
    (d) => `the server at ${d.url} refuses this client (${d.code}): ${d.reason}`,
    'Check the token, the client id and that both sides run the same version on the same experiment.',
  ),
  CLIENT_ROUND_UNKNOWN: entry<{ stageIndex: number; round: number }>(
    'network',
    (d) => `the server asks for round ${d.round} of stage number ${d.stageIndex}, which the experiment does not have`,
    'Give every process the same experiment file.',
  ),
  CLIENT_SHARD_EMPTY: entry<{ clientId: string }>(
    'input',
    (d) => `client ${d.clientId} has no examples: its shard is empty`,
    'Use fewer clients, a larger data set, or a larger shards.alpha.',
  ),
  CLIENT_UNKNOWN: entry<{ clientId: string; known: string }>(
    'usage',
    (d) => `client ${show(d.clientId)} is not one of the experiment's: ${d.known}`,
    'Name one of the ids under clients.',
  ),
  CLIENT_URL_INVALID: entry<{ url: string }>(
    'usage',
    (d) => `${show(d.url)} is no address of a server`,
    'Write ws://host:port or wss://host:port.',
  ),
};
