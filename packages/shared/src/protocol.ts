/** The wire protocol: messages, frames, transfers, tensor payloads, close codes and limits. docs/protocol.md tells it in words. */
export { CLOSE, type CloseName, type CloseReason, closeReason } from './protocol/close.ts';
export { decode, encode, isMessage } from './protocol/codec.ts';
export { PROTOCOL_LIMITS, type ProtocolLimits } from './protocol/limits.ts';
export {
  type Body,
  ENCODINGS,
  type Encoding,
  type Message,
  type MessageOf,
  type MessageType,
} from './protocol/message.ts';
export { decodeTensors, encodeTensors } from './protocol/payload.ts';
export { PROTOCOL_PROTO, PROTOCOL_VERSION } from './protocol/schema.ts';
export { type Chunk, chunksOf, Reassembler, Transfer, type TransferOptions } from './protocol/transfer.ts';
