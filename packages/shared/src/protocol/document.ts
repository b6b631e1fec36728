/** docs/protocol.md, its tables written from the code; document.test.ts keeps the two equal. */
import { CLOSE } from './close.ts';
import { PROTOCOL_LIMITS, type ProtocolLimits } from './limits.ts';
import { PROTOCOL_PROTO, PROTOCOL_VERSION } from './schema.ts';

const LIMIT_MEANING: Record<keyof ProtocolLimits, string> = {
  chunkBytes: 'payload of one chunk',
  frameBytes: 'one WebSocket message; a longer one is refused before it is read',
  transferBytes: 'one transfer: weights or an update',
  tensors: 'tensors in one transfer',
  values: 'values in one transfer, whatever they unfold from',
};

/** The whole page. */
export function protocolDocument(): string {
  const limits = Object.entries(LIMIT_MEANING).map(
    ([name, meaning]) => `| \`${name}\` | ${PROTOCOL_LIMITS[name as keyof ProtocolLimits]} | ${meaning} |`,
  );
  const closes = Object.entries(CLOSE)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, retry, meaning }]) => `| ${code} | \`${name}\` | ${meaning} | ${retry ? 'yes' : 'no'} |`);
  return `# The wire protocol

<!-- Written by \`pnpm docs:protocol\` from packages/shared/src/protocol. Do not edit. -->

Clients and server talk over one WebSocket each. Every message is one binary frame that holds one protobuf \`Envelope\`;
the schema is at the end. This is protocol version ${PROTOCOL_VERSION}; it goes up with every change that an older side cannot read, and a
side of another version is told so and closed with ${CLOSE.versionMismatch.code}.

## A round

\`\`\`
client                                    server
  │ hello (version, id, token) ──────────▶ │
  │ ◀────────── welcome (chunk size, ping) │
  │ ◀─────── round (digest of the weights) │
  │ fetch (digest, offset) ──────────────▶ │   unless the weights are at hand
  │ ◀─────────────────── chunk, chunk, ... │
  │   local steps, defence, encoding       │
  │ offer (digest, bytes, encoding) ─────▶ │
  │ ◀────────────────────── ack (offset 0) │
  │ chunk ───────────────────────────────▶ │
  │ ◀───────────────── ack (bytes on disk) │
  │ ◀──────────────────────────── accepted │   checked and committed
  │ ◀──────────────── round end (accuracy) │
\`\`\`

- **Identity.** A client id is stable; who connects again under the same id takes over from the older connection, which is closed
  with ${CLOSE.replaced.code}. Tokens are compared in constant time, before anything else of the hello is looked at.
- **Transfers** (weights down, updates up) are bytes named by their SHA-256. A chunk carries its offset and the hash of everything
  up to its end, so that a broken one is noticed at once. The receiver acknowledges the offset that it has on disk.
- **Resume.** After a broken line the client offers the same digest again and is told from which offset to go on. A download goes on
  with \`fetch\` at the offset that the client holds.
- **Idempotence.** An update that was committed is \`accepted\` again, marked as a duplicate, whenever it is offered again.
- **Errors** carry a code of [errors.md](errors.md). One that is not fatal concerns a single transfer; the connection lives on. A fatal one is
  followed by a close.
- **Liveness.** The client sends an application ping every \`pingSeconds\` of the welcome and gives the line up when several in a row
  stay unanswered; the server closes a connection that has been silent for longer than that. A client connects again after a random wait that grows
  with each attempt.

## Encodings

A transfer is a \`Tensors\` message. The cast comes after the defence, so that what is sent is what the attacker sees.

| encoding | keeps | note |
|---|---|---|
| \`fp32\` | every bit | |
| \`fp16\` | 11 bits | values below 2^-25 become zero: **false zeros**, which an attacker that reads the sparsity off the support takes for masked entries; values from 65520 on are refused with \`PROTOCOL_VALUE_OVERFLOW\` |
| \`bf16\` | 8 bits | the range of fp32: no false zeros, no overflow |
| \`sparse\` | every bit | only values whose bits are not all zero (-0 is kept), with a bitmap or indices, whichever is shorter for the tensor, or densely where that is |

## Limits

Each can be set under \`server.limits\` of the experiment. What exceeds one is refused with \`PROTOCOL_LIMIT_EXCEEDED\` before memory is taken for it.

| limit | default | of |
|---|---|---|
${limits.join('\n')}

## Close codes

| code | name | meaning | connect again |
|---|---|---|---|
${closes.join('\n')}

Any other code (1006: the line broke) means: connect again.

## Schema

\`\`\`proto
${PROTOCOL_PROTO}\`\`\`
`;
}
