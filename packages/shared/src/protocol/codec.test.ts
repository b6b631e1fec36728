import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import type { WireDigest } from '../digests.ts';
import { LeakscopeError } from '../errors.ts';
import { decode, encode } from './codec.ts';
import { ENCODINGS, MESSAGES, type Message, type MessageType } from './message.ts';
import { PROTOCOL_PROTO, PROTOCOL_VERSION } from './schema.ts';

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}` as WireDigest;
const uint32 = fc.nat(0xffffffff);
const text = fc.string({ maxLength: 40, unit: 'binary' });
const digest = fc.constantFrom(...'0123456789abcdef').map(digestOf);
const encoding = fc.constantFrom(...ENCODINGS);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const clientId = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,63}$/);

const bodies: { [T in MessageType]: fc.Arbitrary<Omit<Extract<Message, { type: T }>, 'type'>> } = {
  hello: fc.record({
    protocolVersion: fc.constant(PROTOCOL_VERSION),
    software: text,
    clientId,
    token: text,
    experimentDigest: fc.oneof(fc.constant(''), digest),
    examples: uint32,
    encodings: fc.array(text, { maxLength: 4 }),
  }),
  welcome: fc.record({
    protocolVersion: fc.constant(PROTOCOL_VERSION),
    software: text,
    runId: text,
    chunkBytes: fc.integer({ min: 1, max: 0xffffffff }),
    frameBytes: fc.integer({ min: 1, max: 0xffffffff }),
    pingSeconds: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
  }),
  round: fc.record({
    stageIndex: uint32,
    stage: text,
    round: uint32,
    weightsDigest: digest,
    weightsBytes: uint32,
    weightsEncoding: encoding,
    updateEncoding: encoding,
    deadlineMs: uint32,
  }),
  fetch: fc.record({ digest, offset: uint32 }),
  chunk: fc.record({
    digest,
    offset: uint32,
    data: fc.uint8Array(),
    runningHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  offer: fc.record({
    stageIndex: uint32,
    round: uint32,
    digest,
    bytes: uint32,
    encoding,
    tensors: uint32,
    examples: fc.integer({ min: 1, max: 0xffffffff }),
    localSteps: uint32,
    loss: finite,
    accuracy: share,
    labels: fc.array(uint32),
  }),
  ack: fc.record({ digest, offset: uint32 }),
  accepted: fc.record({ digest, duplicate: fc.boolean() }),
  roundEnd: fc.record({ round: uint32, evaluated: fc.boolean(), accuracy: share }),
  finished: fc.record({ reason: text }),
  ping: fc.record({ nonce: uint32 }),
  pong: fc.record({ nonce: uint32 }),
  error: fc.record({
    code: text,
    message: text,
    fatal: fc.boolean(),
    digest: fc.oneof(fc.constant('' as const), digest),
  }),
  bye: fc.record({ reason: text }),
};

const types = Object.keys(MESSAGES) as MessageType[];
const anyMessage = fc.oneof(
  ...types.map((type) => bodies[type].map((body) => ({ type, ...body }) as Message)),
) as fc.Arbitrary<Message>;

/** Buffers and Uint8Arrays with the same bytes count as equal; -0 as 0 only where protobuf says so. */
const plain = (message: Message) =>
  Object.fromEntries(Object.entries(message).map(([k, v]) => [k, v instanceof Uint8Array ? [...v] : v]));

test('the .proto and the types name the same messages and fields', () => {
  const { root } = protobuf.parse(PROTOCOL_PROTO);
  const envelope = root.lookupType('leakscope.Envelope');
  expect(envelope.fieldsArray.map(({ name }) => name).sort()).toEqual([...types].sort());
  for (const field of envelope.fieldsArray) {
    const fields = root.lookupType(`leakscope.${field.type}`).fieldsArray.map(({ name }) => name);
    expect(fields.sort(), field.name).toEqual(Object.keys(MESSAGES[field.name as MessageType].shape).sort());
  }
});

test.each(types)('%s: encode and decode are inverse', (type) => {
  fc.assert(
    fc.property(bodies[type], (body) => {
      const message = { type, ...body } as Message;
      expect(plain(decode(encode(message)))).toEqual(plain(message));
    }),
    { numRuns: 50 },
  );
});

describe('what arrives is a message or a coded error, never anything else', () => {
  const codes = ['PROTOCOL_FRAME_INVALID', 'PROTOCOL_MESSAGE_INVALID', 'PROTOCOL_VERSION_MISMATCH'];
  const survives = (frame: Uint8Array) => {
    try {
      expect(types).toContain(decode(frame).type);
    } catch (error) {
      expect(error).toBeInstanceOf(LeakscopeError);
      expect(codes).toContain((error as LeakscopeError).code);
    }
  };

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 2000 });
  });

  test('messages cut short', () => {
    fc.assert(fc.property(anyMessage, fc.nat(200), (message, length) => survives(encode(message).subarray(0, length))));
  });

  test('messages with a byte changed', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat(255), (message, at, byte) => {
        const frame = encode(message).slice();
        frame[at % frame.length] = byte;
        survives(frame);
      }),
      { numRuns: 1000 },
    );
  });

  test('a text page', () => {
    expect(() => decode(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_FRAME_INVALID' }),
    );
    expect(() => decode(new Uint8Array())).toThrow(expect.objectContaining({ code: 'PROTOCOL_FRAME_INVALID' }));
  });

  test('a frame beyond the limit is refused unread', () => {
    expect(() => decode(new Uint8Array(101), { frameBytes: 100 })).toThrow(
      expect.objectContaining({
        code: 'PROTOCOL_LIMIT_EXCEEDED',
        message: 'frameBytes: 101 is more than the limit of 100',
      }),
    );
  });
});

describe('fields', () => {
  const hello = {
    type: 'hello',
    protocolVersion: PROTOCOL_VERSION,
    software: 'leakscope/0.1.0',
    clientId: 'noise',
    token: '',
    experimentDigest: '',
    examples: 10,
    encodings: ['fp32'],
  } as const;

  test('another protocol version is named, whatever else the hello holds', () => {
    const frame = encode({ ...hello, encodings: [], protocolVersion: 9, clientId: '' });
    expect(() => decode(frame)).toThrow(
      expect.objectContaining({
        code: 'PROTOCOL_VERSION_MISMATCH',
        message: 'the other side ("leakscope/0.1.0") speaks protocol version 9, this one version 1',
      }),
    );
  });

  test.each([
    [{ ...hello, encodings: [], clientId: '../etc/passwd' }, 'hello.clientId: "../etc/passwd" is not valid'],
    [{ type: 'ack', digest: 'sha256:12', offset: 0 }, 'ack.digest: "sha256:12" is not valid'],
    [{ type: 'roundEnd', round: 1, evaluated: true, accuracy: Number.NaN }, 'roundEnd.accuracy: NaN is not valid'],
    [
      { type: 'chunk', digest: digestOf('a'), offset: 0, data: new Uint8Array(3), runningHash: new Uint8Array(31) },
      'chunk.runningHash:',
    ],
  ] as [Message, string][])('a bad value is named with its field', (message, text) => {
    expect(() => decode(encode(message))).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_MESSAGE_INVALID', message: expect.stringContaining(text) }),
    );
  });
});
