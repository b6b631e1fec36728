/** Errors of the server process. */
import { entry, show } from './entry.ts';

export const serverErrors = {
  SERVER_AGGREGATION_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `unknown aggregation rule ${d.value}${d.suggestion ? `; did you mean ${d.suggestion}?` : ''}; known are ${d.known.join(', ')}`,
    'docs/federation.md lists the rules; docs/modules.md shows how to name a module of your own.',
  ),
  SERVER_API_TOKEN_WRONG: entry<{ path: string }>(
    'network',
    (d) => `${d.path} asks for a token`,
    'Send Authorization: Bearer <token> with the token that the server was started with.',
  ),
  SERVER_CLIENT_UNKNOWN: entry<{ clientId: string }>(
    'network',
    (d) => `client ${show(d.clientId)} is not one of the experiment`,
    'Add it under clients in the experiment file of the server, or correct the id.',
  ),
  SERVER_EXPERIMENT_MISMATCH: entry<{ clientId: string; theirs: string; ours: string }>(
    'network',
    (d) => `client ${d.clientId} was given another experiment (${d.theirs}, here ${d.ours})`,
    'Give every process the same experiment file and the same --set.',
  ),
  SERVER_HELLO_MISSING: entry<{ seconds: number }>(
    'network',
    (d) => `no hello within ${d.seconds} s`,
    'Connect with leakscope client, or send a hello first.',
  ),
  SERVER_INTERNAL: entry(
    'internal',
    () => 'the server met a fault of its own',
    'The log of the server has the details; connect again.',
  ),
  SERVER_LISTEN_FAILED: entry<{ host: string; port: number; reason: string }>(
    'network',
    (d) => `cannot listen on ${d.host}:${d.port}: ${d.reason}`,
    'Choose another server.port; 0 takes a free one.',
  ),
  SERVER_MESSAGE_UNEXPECTED: entry<{ message: string; reason: string }>(
    'network',
    (d) => `message ${show(d.message)} is out of place: ${d.reason}`,
    'docs/protocol.md has the order of messages.',
  ),
  SERVER_OPTIMISER_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `unknown server optimiser ${d.value}${d.suggestion ? `; did you mean ${d.suggestion}?` : ''}; known are ${d.known.join(', ')}`,
    'docs/federation.md lists the server optimisers.',
  ),
  SERVER_PARAMETER_INVALID: entry<{ owner: string; field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `${d.owner}: ${d.field}=${show(d.value)} is not valid: ${d.reason}`,
    'docs/federation.md lists the parameters of aggregation rules and server optimisers.',
  ),
  SERVER_ROUND_OVER: entry<{ round: number; clientId: string }>(
    'network',
    (d) => `round ${d.round} does not await an update of ${d.clientId}`,
    'The client was not sampled, has reported already, or missed the deadline: raise training.deadlineSeconds.',
  ),
  SERVER_RUN_MISMATCH: entry<{ runDir: string; name: string }>(
    'usage',
    (d) => `${d.runDir} holds a run of another experiment (${d.name})`,
    'Choose another folder with --out, or give the experiment that the run was started with.',
  ),
  SERVER_TOKEN_MISSING: entry(
    'usage',
    () => 'the server has no token that clients could present',
    'Set LEAKSCOPE_TOKEN, or server.token in the experiment file.',
  ),
  SERVER_TOKEN_WRONG: entry<{ clientId: string }>(
    'network',
    (d) => `the token of client ${show(d.clientId)} is wrong`,
    'Give the client the token that the server was started with.',
  ),
  SERVER_TOO_FEW_REPORTS: entry<{ rounds: number; reports: number; minimum: number }>(
    'network',
    (d) => `a round was tried ${d.rounds} times and had too few updates (${d.reports}, needed ${d.minimum})`,
    'Check the logs of the clients; raise training.deadlineSeconds or lower training.minimumReports, then resume the run.',
  ),
  SERVER_UPDATE_INVALID: entry<{ clientId: string; round: number; field: string; value: unknown; reason: string }>(
    'network',
    (d) => `update of ${d.clientId} in round ${d.round}: ${d.field} is ${show(d.value)}: ${d.reason}`,
    'Check that the client trains the same architecture and encodes as the round says.',
  ),
};
