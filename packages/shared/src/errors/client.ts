/** Errors of the client process. */
import { entry } from './entry.ts';

export const clientErrors = {
  CLIENT_DISCONNECTED: entry<{ url: string; reason: string }>(
    'network',
    (d) => `the connection to ${d.url} is lost: ${d.reason}`,
    'Check that the server runs and that the address is right.',
  ),
};
