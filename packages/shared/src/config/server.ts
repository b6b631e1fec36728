/** The server's network side, its limits, and how often it saves. */
import { z } from 'zod';
import { PROTOCOL_LIMITS } from '../protocol/limits.ts';
import { ENCODINGS } from '../protocol/message.ts';

const limit = (value: number, meaning: string) => z.int().min(1).max(0xffffffff).default(value).describe(meaning);

export const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on; 0.0.0.0 for all'),
  port: z.int().min(0).max(65_535).default(0).describe('port to listen on; 0 takes a free one'),
  token: z
    .union([z.string().min(1).max(1024), z.record(z.string(), z.string().min(1).max(1024))])
    .optional()
    .describe(
      'what clients must present: one for all, or one for each client id; LEAKSCOPE_TOKEN in the environment comes first, and without either `simulate` draws one. Never written to a manifest',
    ),
  pingSeconds: z.number().positive().max(3600).default(10).describe('seconds between pings'),
  silentPings: z.int().min(1).default(3).describe('unanswered pings after which a connection is given up'),
  helloSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(10)
    .describe('seconds in which a new connection must say hello'),
  weightsEncoding: z.enum(ENCODINGS).default('fp32').describe('how weights are sent; encoded once a round'),
  fsync: z
    .enum(['chunk', 'commit', 'never'])
    .default('commit')
    .describe('when an upload is forced to disk: after each chunk, before it is accepted, or when the system likes'),
  checkpointEvery: z.int().min(1).default(1).describe('rounds between checkpoints of the weights'),
  limits: z
    .strictObject({
      chunkBytes: limit(PROTOCOL_LIMITS.chunkBytes, 'bytes of one chunk'),
      frameBytes: limit(PROTOCOL_LIMITS.frameBytes, 'bytes of one WebSocket message'),
      transferBytes: limit(PROTOCOL_LIMITS.transferBytes, 'bytes of one transfer'),
      tensors: limit(PROTOCOL_LIMITS.tensors, 'tensors in one transfer'),
      values: limit(PROTOCOL_LIMITS.values, 'values in one transfer'),
      connections: limit(4096, 'open connections'),
    })
    .prefault({})
    .describe('hard limits on what a client may send'),
});

export type ServerConfig = z.output<typeof serverSchema>;

export const connectionSchema = z.strictObject({
  url: z
    .url({ protocol: /^wss?$/ })
    .optional()
    .describe('where clients find the server, for example ws://server:7700; `simulate` fills it in'),
  firstRetrySeconds: z
    .number()
    .positive()
    .default(0.25)
    .describe('longest wait before the first new attempt to connect'),
  longestRetrySeconds: z.number().positive().default(10).describe('longest wait between attempts'),
  giveUpSeconds: z.number().positive().default(300).describe('a client that reached no server for this long ends'),
});

export type ConnectionConfig = z.output<typeof connectionSchema>;
