/** Errors of the server process. */
import { entry } from './entry.ts';

export const serverErrors = {
  SERVER_LISTEN_FAILED: entry<{ host: string; port: number; reason: string }>(
    'network',
    (d) => `cannot listen on ${d.host}:${d.port}: ${d.reason}`,
    'Choose another server.port; 0 takes a free one.',
  ),
};
