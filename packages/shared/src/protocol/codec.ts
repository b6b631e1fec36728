/** One WebSocket frame, one message: `encode` and `decode`. Whatever arrives, `decode` returns a valid message or throws a coded error. */
import protobuf from 'protobufjs';
import { LeakscopeError, reasonOf } from '../errors.ts';
import { PROTOCOL_LIMITS, type ProtocolLimits } from './limits.ts';
import { type Body, MESSAGES, type Message, type MessageOf, type MessageType } from './message.ts';
import { PROTOCOL_PROTO, PROTOCOL_VERSION } from './schema.ts';

const { root } = protobuf.parse(PROTOCOL_PROTO);
const Envelope = root.lookupType('leakscope.Envelope');

/** The bytes of one message. */
export function encode<T extends MessageType>({ type, ...body }: { type: T } & Body<T>): Uint8Array {
  return Envelope.encode(Envelope.fromObject({ [type]: body })).finish();
}

/**
 * Reads one frame. Throws PROTOCOL_LIMIT_EXCEEDED, PROTOCOL_FRAME_INVALID (no protobuf, or no message of ours),
 * PROTOCOL_VERSION_MISMATCH (a hello or welcome of another version) or PROTOCOL_MESSAGE_INVALID (names message, field and value).
 */
export function decode(frame: Uint8Array, limits: Pick<ProtocolLimits, 'frameBytes'> = PROTOCOL_LIMITS): Message {
  if (frame.length > limits.frameBytes) {
    throw new LeakscopeError('PROTOCOL_LIMIT_EXCEEDED', {
      limit: 'frameBytes',
      value: frame.length,
      maximum: limits.frameBytes,
    });
  }
  const { type, body } = readEnvelope(frame);
  if (type === 'hello' || type === 'welcome') checkVersion(body);
  const checked = MESSAGES[type].safeParse(body);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    const path = issue?.path ?? [];
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], body);
    throw new LeakscopeError('PROTOCOL_MESSAGE_INVALID', {
      message: type,
      field: path.join('.'),
      value,
      reason: issue?.message ?? 'unknown',
    });
  }
  return { type, ...checked.data } as Message;
}

/** Whether `message` is of this type; narrows it. */
export function isMessage<T extends MessageType>(message: Message, type: T): message is MessageOf<T> {
  return message.type === type;
}

function readEnvelope(frame: Uint8Array): { type: MessageType; body: Record<string, unknown> } {
  let object: Record<string, unknown>;
  try {
    object = Envelope.toObject(Envelope.decode(frame), { defaults: true, arrays: true, oneofs: true });
  } catch (cause) {
    throw new LeakscopeError('PROTOCOL_FRAME_INVALID', { reason: reasonOf(cause), cause });
  }
  const type = object.body;
  if (typeof type !== 'string' || !Object.hasOwn(MESSAGES, type)) {
    throw new LeakscopeError('PROTOCOL_FRAME_INVALID', { reason: 'the envelope holds no known message' });
  }
  return { type: type as MessageType, body: object[type] as Record<string, unknown> };
}

/** Before all else, so that a side of another version is told so instead of what its message lacks. */
function checkVersion({ protocolVersion, software }: Record<string, unknown>): void {
  if (protocolVersion === PROTOCOL_VERSION) return;
  throw new LeakscopeError('PROTOCOL_VERSION_MISMATCH', {
    theirs: Number(protocolVersion),
    ours: PROTOCOL_VERSION,
    software: String(software).slice(0, 64),
  });
}
