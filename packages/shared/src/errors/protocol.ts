/** Errors of the wire protocol. */
import { entry, show } from './entry.ts';

export const protocolErrors = {
  PROTOCOL_CHUNK_INVALID: entry<{ digest: string; reason: string }>(
    'network',
    (d) => `a chunk of ${d.digest} does not fit: ${d.reason}`,
    'Ask for the acknowledged offset and send again from there.',
  ),
  PROTOCOL_DIGEST_MISMATCH: entry<{ expected: string; actual: string }>(
    'network',
    (d) => `the transferred bytes have the digest ${d.actual}, promised was ${d.expected}`,
    'Send the whole again; if it happens twice, check the memory and disk of both machines.',
  ),
  PROTOCOL_FRAME_INVALID: entry<{ reason: string }>(
    'network',
    (d) => `a frame cannot be read: ${d.reason}`,
    'Check that both sides run the same version of Leakscope.',
  ),
  PROTOCOL_LIMIT_EXCEEDED: entry<{ limit: string; value: number; maximum: number }>(
    'network',
    (d) => `${d.limit}: ${d.value} is more than the limit of ${d.maximum}`,
    'Raise the limit under server.limits if the sender is to be trusted.',
  ),
  PROTOCOL_MESSAGE_INVALID: entry<{ message: string; field: string; value: unknown; reason: string }>(
    'network',
    (d) => `${d.message}.${d.field}: ${show(d.value)} is not valid: ${d.reason}`,
    'docs/protocol.md says what each message holds.',
  ),
  PROTOCOL_PAYLOAD_INVALID: entry<{ tensor: string; reason: string }>(
    'network',
    (d) => `tensor ${show(d.tensor)} of a transfer cannot be read: ${d.reason}`,
    'Check that both sides run the same version of Leakscope.',
  ),
  PROTOCOL_VALUE_OVERFLOW: entry<{ tensor: string; index: number; value: number; encoding: string }>(
    'computation',
    (d) => `tensor ${show(d.tensor)} holds ${d.value} at index ${d.index}, too large for ${d.encoding}`,
    'Choose the encoding bf16 or fp32.',
  ),
  PROTOCOL_VERSION_MISMATCH: entry<{ theirs: number; ours: number; software: string }>(
    'network',
    (d) => `the other side (${show(d.software)}) speaks protocol version ${d.theirs}, this one version ${d.ours}`,
    'Run the same version of Leakscope on both sides.',
  ),
};
