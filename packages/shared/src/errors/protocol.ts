/** Errors of the wire protocol. */
import { entry } from './entry.ts';

export const protocolErrors = {
  PROTOCOL_FRAME_INVALID: entry<{ reason: string }>(
    'network',
    (d) => `a frame cannot be read: ${d.reason}`,
    'Check that both sides run the same version of Leakscope.',
  ),
};
