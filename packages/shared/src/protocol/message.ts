/** The messages as TypeScript sees them, and what their fields may hold beyond what protobuf checks. */
import { z } from 'zod';
import { wireDigestSchema as digest } from '../digests.ts';

export const ENCODINGS = ['fp32', 'fp16', 'bf16', 'sparse'] as const;
/** How a transfer's tensors are written: dense at three precisions, or only the values that are not zero. */
export type Encoding = (typeof ENCODINGS)[number];

const uint32 = z.int().min(0).max(0xffffffff);
const text = z.string().max(1024);
const encoding = z.enum(ENCODINGS);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** By the name of the envelope's field. */
export const MESSAGES = {
  hello: z.object({
    protocolVersion: uint32,
    software: text,
    clientId: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected letters, digits, . _ - and at most 64 of them'),
    token: text,
    experimentDigest: z.union([
      z.literal(''),
      z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:<64 hex digits>'),
    ]),
    examples: uint32,
    encodings: z.array(text).max(16),
  }),
  welcome: z.object({
    protocolVersion: uint32,
    software: text,
    runId: text,
    chunkBytes: uint32.min(1),
    frameBytes: uint32.min(1),
    pingSeconds: z.number().positive(),
  }),
  round: z.object({
    stageIndex: uint32,
    stage: text,
    round: uint32,
    weightsDigest: digest,
    weightsBytes: uint32,
    weightsEncoding: encoding,
    updateEncoding: encoding,
    deadlineMs: uint32,
  }),
  fetch: z.object({ digest, offset: uint32 }),
  chunk: z.object({
    digest,
    offset: uint32,
    data: bytes,
    runningHash: bytes.refine((b) => b.length === 32, 'expected 32 bytes'),
  }),
  offer: z.object({
    stageIndex: uint32,
    round: uint32,
    digest,
    bytes: uint32,
    encoding,
    tensors: uint32,
    examples: uint32.min(1),
    localSteps: uint32,
    loss: z.number(),
    accuracy: z.number().min(0).max(1),
    labels: z.array(uint32).max(65_536),
  }),
  ack: z.object({ digest, offset: uint32 }),
  accepted: z.object({ digest, duplicate: z.boolean() }),
  roundEnd: z.object({ round: uint32, evaluated: z.boolean(), accuracy: z.number().min(0).max(1) }),
  finished: z.object({ reason: text }),
  ping: z.object({ nonce: uint32 }),
  pong: z.object({ nonce: uint32 }),
  error: z.object({
    code: text,
    message: z.string().max(8192),
    fatal: z.boolean(),
    digest: z.union([z.literal(''), digest]),
  }),
  bye: z.object({ reason: text }),
} as const;

export type MessageType = keyof typeof MESSAGES;

/** One message without its type: `Body<'hello'>`. */
export type Body<T extends MessageType> = z.infer<(typeof MESSAGES)[T]>;

/** Any message, told apart by `type`. */
export type Message = { [T in MessageType]: { type: T } & Body<T> }[MessageType];

/** The message of one type: `MessageOf<'round'>`. */
export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;
