/** The wire between client and server, with a made-up local step: resume, duplicates, refusals. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBackoff, keepLinked, Participant } from '@leakscope/client/wire';
import { parseAggregation } from '@leakscope/server/aggregation';
import {
  Connections,
  OpenRound,
  openHttpApi,
  RoundAggregate,
  RoundCollection,
  RoundRecords,
  UpdateInbox,
  WeightsDownload,
} from '@leakscope/server/wire';
import { wireDigest } from '@leakscope/shared/digests';
import { createLogger } from '@leakscope/shared/log';
import {
  CLOSE,
  chunksOf,
  decode,
  decodeTensors,
  encode,
  encodeTensors,
  type Message,
  type MessageOf,
  PROTOCOL_LIMITS,
  PROTOCOL_VERSION,
  Transfer,
} from '@leakscope/shared/protocol';
import { seeded } from '@leakscope/shared/random';
import { checkFinite, equalTensors, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { openStore, type Spool, type Store } from '@leakscope/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const CHUNK = 1024;
const LIMITS = {
  ...PROTOCOL_LIMITS,
  chunkBytes: CHUNK,
  frameBytes: 2 * CHUNK,
  helloMs: 300,
  silenceMs: 20_000,
  // Less than the chunks that two clients send ahead, so that connections wait for each other.
  backlogBytes: 6 * CHUNK,
  connections: 4,
};
const logger = createLogger({ name: 'test', level: 'silent' });
const weights: NamedTensors = new Map([['w', tensor([3_000], seeded(1, 'weights').normals(3_000))]]);
const weightsBytes = encodeTensors(weights, 'fp32');
const update = (seed: number): NamedTensors => new Map([['w', tensor([3_000], seeded(seed, 'update').normals(3_000))]]);

let folder: string;
let store: Store;
let spool: Spool;
let connections: Connections;
let url: string;
let shut: () => Promise<void>;
const stopping: AbortController[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'leakscope-transport-'));
  store = openStore(folder, 'server');
  spool = store.spool;
  connections = new Connections({
    clients: ['a', 'b'],
    tokens: { a: 'token-a', b: 'token-b' },
    experimentDigest: wireDigest(new Uint8Array([1])),
    runId: 'test',
    software: 'test',
    limits: LIMITS,
    pingSeconds: 5,
    logger,
  });
  const api = await openHttpApi({
    host: '127.0.0.1',
    port: 0,
    handler: connections,
    limits: LIMITS,
    status: () => ({ present: connections.present }),
    leaks: () => [],
    readToken: 'reader',
    logger,
  });
  url = api.url;
  shut = api.close;
});

afterEach(async () => {
  for (const controller of stopping.splice(0)) controller.abort();
  await shut();
  await store.close();
  await rm(folder, { recursive: true });
});

async function openRound(clients: string[], round = 0): Promise<RoundCollection> {
  const aggregate = new RoundAggregate({
    aggregation: await parseAggregation('weighted-mean'),
    clients,
    keep: (clientId, whole) => spool.keepValues({ round, clientId }, whole),
  });
  const collection = new RoundCollection({ clients, aggregate });
  const digest = wireDigest(weightsBytes);
  const announcement: MessageOf<'round'> = {
    type: 'round',
    stageIndex: 0,
    stage: 'only',
    round,
    weightsDigest: digest,
    weightsBytes: weightsBytes.length,
    weightsEncoding: 'fp32',
    updateEncoding: 'fp32',
    deadlineMs: 5_000,
  };
  const inbox = new UpdateInbox({
    announcement,
    asked: { examples: 2, localSteps: 1, tensors: 1, labels: false, classes: 2 },
    read(bytes) {
      const whole = decodeTensors(bytes);
      checkFinite(whole);
      return whole;
    },
    collection,
    spool,
    records: new RoundRecords(store),
    limits: LIMITS,
    logger,
  });
  const download = new WeightsDownload({ encoding: 'fp32', bytes: weightsBytes, digest }, CHUNK);
  connections.open(new OpenRound({ announcement, download, inbox, collection, logger }));
  return collection;
}

const endRound = (round = 0) => connections.close({ round, evaluated: false, accuracy: 0 });

/** A client whose local step gives `result`. */
function join(clientId: string, result: NamedTensors, token = `token-${clientId}`) {
  const controller = new AbortController();
  stopping.push(controller);
  const seen: { weights: NamedTensors[]; outcomes: unknown[] } = { weights: [], outcomes: [] };
  const participant = new Participant({
    train: async (_round, received) => {
      seen.weights.push(received);
      return { update: result, examples: 2, localSteps: 1, loss: 0.5, accuracy: 1, truth: [] };
    },
    sendLabels: false,
    onAnswered: (_round, outcome) => seen.outcomes.push(outcome),
    onFailure: (error) => seen.outcomes.push(error),
    logger,
  });
  const ended = keepLinked({
    url,
    hello: hello(clientId, token),
    signal: controller.signal,
    logger,
    backoff: createBackoff(seeded(clientId), { firstMs: 20 }),
    onMessage: (message, connection) => participant.handle(message, connection),
  });
  return { ...seen, ended };
}

function hello(clientId: string, token = `token-${clientId}`) {
  return {
    protocolVersion: PROTOCOL_VERSION,
    software: 'test',
    clientId,
    token,
    experimentDigest: '',
    examples: 10,
    encodings: ['fp32'],
  };
}

/** A connection that says exactly what a test wants. */
async function rawPeer(frames: Uint8Array[] = []) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/federation`);
  const messages: Message[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data: Buffer) => messages.push(decode(data)));
  await new Promise((resolve) => socket.on('open', resolve));
  for (const frame of frames) socket.send(frame);
  const until = async <T extends Message['type']>(type: T, count = 1): Promise<MessageOf<T>> => {
    for (;;) {
      const found = messages.filter((message) => message.type === type)[count - 1];
      if (found !== undefined) return found as MessageOf<T>;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { socket, messages, closed, until, say: (message: Message) => socket.send(encode(message)) };
}

const offerOf = (bytes: Uint8Array, changes: Partial<MessageOf<'offer'>> = {}): MessageOf<'offer'> => ({
  type: 'offer',
  stageIndex: 0,
  round: 0,
  digest: wireDigest(bytes),
  bytes: bytes.length,
  encoding: 'fp32',
  tensors: 1,
  examples: 2,
  localSteps: 1,
  loss: 0,
  accuracy: 0,
  labels: [],
  ...changes,
});

const chunksFor = (bytes: Uint8Array, offset = 0) => [...chunksOf(bytes, { offset, chunkBytes: CHUNK })];

test('weights go down, updates come up, the run ends', async () => {
  const collection = await openRound(['a', 'b']);
  const a = join('a', update(1));
  const b = join('b', update(3));
  const { reports } = await collection.close(60_000);
  const mean = await collection.aggregate();
  expect(reports.map(({ clientId, loss, examples }) => [clientId, loss, examples])).toEqual([
    ['a', 0.5, 2],
    ['b', 0.5, 2],
  ]);
  expect(equalTensors(a.weights[0] as NamedTensors, weights)).toBe(true);
  const [one, three] = [update(1), update(3)].map((u) => u.get('w')?.data[7] as number) as [number, number];
  expect(mean.get('w')?.data[7]).toBeCloseTo((one + three) / 2, 6);
  connections.close({ round: 0, evaluated: true, accuracy: 0.9 });
  await connections.finish('done');
  expect(await a.ended).toBe('finished');
  expect(await b.ended).toBe('finished');
  expect(a.outcomes).toEqual(['accepted']);
});

test.each([
  ['a chunk’s end', 2 * CHUNK],
  ['within a chunk', CHUNK + 7],
])('a download goes on from %s, beside another one from the start', async (_, offset) => {
  await openRound(['a', 'b']);
  const digest = wireDigest(weightsBytes);
  const peers = await Promise.all(['a', 'b'].map((id) => rawPeer([encode({ type: 'hello', ...hello(id) })])));
  for (const [i, peer] of peers.entries()) {
    await peer.until('round');
    peer.say({ type: 'fetch', digest, offset: i * offset });
  }
  for (const [i, peer] of peers.entries()) {
    const transfer = new Transfer({ digest, bytes: weightsBytes.length, limits: LIMITS });
    transfer.resume(weightsBytes.subarray(0, i * offset));
    for (let n = 1; !transfer.complete; n++) transfer.check(await peer.until('chunk', n));
    transfer.finish();
    peer.socket.close();
  }
});

test('a second round at the same weights does not fetch them again', async () => {
  const a = join('a', update(1));
  await connections.gather(['a'], 1, AbortSignal.timeout(60_000));
  await (await openRound(['a'])).close(60_000);
  endRound();
  await (await openRound(['a'], 1)).close(60_000);
  expect(a.weights.length).toBe(2);
  expect(a.weights[0]).toBe(a.weights[1]);
});

test('a truncated upload goes on from the acknowledged offset on another connection', async () => {
  const collection = await openRound(['a']);
  const bytes = encodeTensors(update(1), 'fp32');
  const first = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await first.until('round');
  first.say(offerOf(bytes));
  expect((await first.until('ack')).offset).toBe(0);
  const chunks = chunksFor(bytes);
  for (const chunk of chunks.slice(0, 5)) first.say(chunk);
  await first.until('ack', 6);
  first.socket.terminate();
  await first.closed;

  const second = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await second.until('round');
  second.say(offerOf(bytes));
  expect((await second.until('ack')).offset).toBe(5 * CHUNK);
  for (const chunk of chunksFor(bytes, 5 * CHUNK)) second.say(chunk);
  expect((await second.until('accepted')).duplicate).toBe(false);
  await collection.close(1_000);
  const mean = await collection.aggregate();
  expect(equalTensors(mean, update(1))).toBe(true);
});

test('a duplicate is accepted once and counted once', async () => {
  const collection = await openRound(['a', 'b']);
  const bytes = encodeTensors(update(1), 'fp32');
  const peer = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await peer.until('round');
  for (let i = 0; i < 2; i++) {
    peer.say(offerOf(bytes));
    if (i === 0) {
      await peer.until('ack');
      for (const chunk of chunksFor(bytes)) peer.say(chunk);
      await peer.until('accepted');
    }
  }
  expect((await peer.until('accepted', 2)).duplicate).toBe(true);
  expect(collection.reportOf('a')).toBeDefined();
});

describe('the server lives on after', () => {
  /** What the peer is told, and its close code; then another client must still be served. */
  async function refusal(frames: Uint8Array[]): Promise<{ code: number; error: string | undefined }> {
    const collection = await openRound(['b']);
    const peer = await rawPeer(frames);
    const code = await peer.closed;
    const b = join('b', update(3));
    expect((await collection.close(60_000)).reports.length).toBe(1);
    expect(b.weights.length).toBe(1);
    const error = peer.messages.find((message) => message.type === 'error');
    return { code, error: error?.code };
  }

  test('another protocol version', async () => {
    const frame = encode({ type: 'hello', ...hello('a'), protocolVersion: PROTOCOL_VERSION + 1 });
    expect(await refusal([frame])).toEqual({ code: CLOSE.versionMismatch.code, error: 'PROTOCOL_VERSION_MISMATCH' });
  });

  test('a frame that is no protobuf', async () => {
    const frames = [encode({ type: 'hello', ...hello('a') }), Buffer.from('GET / HTTP/1.1')];
    expect(await refusal(frames)).toEqual({ code: CLOSE.frameInvalid.code, error: 'PROTOCOL_FRAME_INVALID' });
  });

  test('an oversized frame', async () => {
    const frames = [encode({ type: 'hello', ...hello('a') }), new Uint8Array(3 * CHUNK)];
    expect(await refusal(frames)).toEqual({ code: CLOSE.frameTooLarge.code, error: 'PROTOCOL_LIMIT_EXCEEDED' });
  });

  test('a frame beyond what the socket reads at all', async () => {
    expect((await refusal([new Uint8Array(64 * CHUNK)])).code).toBe(CLOSE.frameTooLarge.code);
  });

  test('a wrong token', async () => {
    const frame = encode({ type: 'hello', ...hello('a', 'token-b') });
    expect(await refusal([frame])).toEqual({ code: CLOSE.unauthorised.code, error: 'SERVER_TOKEN_WRONG' });
  });

  test('another experiment', async () => {
    const frame = encode({ type: 'hello', ...hello('a'), experimentDigest: wireDigest(new Uint8Array([2])) });
    expect(await refusal([frame])).toEqual({
      code: CLOSE.experimentMismatch.code,
      error: 'SERVER_EXPERIMENT_MISMATCH',
    });
  });

  test('a message before the hello', async () => {
    const frame = encode({ type: 'fetch', digest: wireDigest(weightsBytes), offset: 0 });
    expect(await refusal([frame])).toEqual({
      code: CLOSE.unexpectedMessage.code,
      error: 'SERVER_MESSAGE_UNEXPECTED',
    });
  });

  test('silence instead of a hello', async () => {
    expect(await refusal([])).toEqual({ code: CLOSE.helloTimeout.code, error: 'SERVER_HELLO_MISSING' });
  });
});

test.each([
  ['NaN', new Map([['w', tensor([2], new Float32Array([1, Number.NaN]))]]), {}, 'TENSORS_NOT_FINITE'],
  ['another encoding than asked for', update(1), { encoding: 'fp16' as const }, 'SERVER_UPDATE_INVALID'],
  ['a made-up number of examples', update(1), { examples: 900 }, 'SERVER_UPDATE_INVALID'],
  ['more local steps than asked for', update(1), { localSteps: 2 }, 'SERVER_UPDATE_INVALID'],
  ['another number of tensors', update(1), { tensors: 3 }, 'SERVER_UPDATE_INVALID'],
  ['labels that nobody asked for', update(1), { labels: [0, 1] }, 'SERVER_UPDATE_INVALID'],
  ['a promise of more bytes than allowed', update(1), { bytes: 0xffffffff }, 'PROTOCOL_LIMIT_EXCEEDED'],
])('an update with %s is rejected, counted, and the round goes on', async (_, bad, changes, code) => {
  const collection = await openRound(['a', 'b']);
  const bytes = encodeTensors(bad, 'fp32');
  const peer = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await peer.until('round');
  peer.say(offerOf(bytes, changes));
  if (code === 'TENSORS_NOT_FINITE') {
    await peer.until('ack');
    for (const chunk of chunksFor(bytes)) peer.say(chunk);
  }
  expect(await peer.until('error')).toMatchObject({ code, fatal: false, digest: wireDigest(bytes) });
  expect(peer.socket.readyState).toBe(WebSocket.OPEN);
  join('b', update(3));
  const outcome = await collection.close(60_000);
  expect(outcome.rejected).toEqual([{ clientId: 'a', code }]);
  const rejected = store.updates.list().filter(({ state }) => state === 'rejected');
  expect(rejected.map((row) => [row.clientId, row.code])).toEqual([['a', code]]);
  expect(equalTensors(await collection.aggregate(), update(3))).toBe(true);
});

test('a chunk with a wrong hash ends the connection, and the transfer resumes before it', async () => {
  await openRound(['a']);
  const bytes = encodeTensors(update(1), 'fp32');
  const peer = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await peer.until('round');
  peer.say(offerOf(bytes));
  await peer.until('ack');
  const [first, second] = chunksFor(bytes);
  peer.say(first as Message);
  peer.say({ ...(second as MessageOf<'chunk'>), runningHash: new Uint8Array(32) });
  expect(await peer.closed).toBe(CLOSE.transferFailed.code);
  const again = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await again.until('round');
  again.say(offerOf(bytes));
  expect((await again.until('ack')).offset).toBe(CHUNK);
});

test('bytes that a dying machine left torn on disk are thrown away, not asked about for ever', async () => {
  const collection = await openRound(['a']);
  const bytes = encodeTensors(update(1), 'fp32');
  const digest = wireDigest(bytes);
  const torn = await spool.open({ clientId: 'a', round: 0, digest, bytes: bytes.length });
  await torn.append(new Uint8Array(700));
  await torn.close();
  const peer = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await peer.until('round');
  peer.say(offerOf(bytes));
  expect((await peer.until('ack')).offset).toBe(700);
  peer.say(chunksFor(bytes, 700)[0] as Message);
  expect(await peer.closed).toBe(CLOSE.transferFailed.code);
  const a = join('a', update(1));
  expect((await collection.close(60_000)).reports.length).toBe(1);
  expect(a.weights.length).toBe(1);
});

test('more connections than allowed are refused', async () => {
  const peers = [];
  for (let i = 0; i < LIMITS.connections; i++) peers.push(await rawPeer());
  const extra = await rawPeer();
  expect(await extra.closed).toBe(CLOSE.limitExceeded.code);
  for (const peer of peers) peer.socket.terminate();
});

test('a client that comes again replaces its older connection', async () => {
  const older = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await older.until('welcome');
  const newer = await rawPeer([encode({ type: 'hello', ...hello('a') })]);
  await newer.until('welcome');
  expect(await older.closed).toBe(CLOSE.replaced.code);
  expect(connections.connected).toEqual(['a']);
});

test('a client that is refused ends with the server’s reason', async () => {
  await expect(join('a', update(1), 'wrong').ended).rejects.toMatchObject({
    code: 'CLIENT_REFUSED',
    details: { code: 'SERVER_TOKEN_WRONG' },
  });
});

test('a client comes back after the server went away, and does not train again', async () => {
  const collection = await openRound(['a', 'b']);
  const a = join('a', update(1));
  while (collection.reportOf('a') === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  connections.suspend();
  // The next server does not know of the report.
  const anew = await openRound(['a']);
  expect((await anew.close(60_000)).reports.length).toBe(1);
  expect(a.weights.length).toBe(1);
});

test('the API answers, and asks for its token', async () => {
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' });
  expect((await fetch(`${url}/status`)).status).toBe(401);
  const authorised = { headers: { authorization: 'Bearer reader' } };
  expect(await (await fetch(`${url}/status`, authorised)).json()).toEqual({ present: [] });
  expect(await (await fetch(`${url}/leaks`, authorised)).json()).toEqual([]);
});
