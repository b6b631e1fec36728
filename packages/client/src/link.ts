/** The line to the server: one WebSocket at a time, a hello on each, pings, and the way back after a loss. */
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import {
  type Body,
  CLOSE,
  type CloseReason,
  closeReason,
  decode,
  encode,
  type Message,
  PROTOCOL_LIMITS,
} from '@leakscope/shared/protocol';
import { WebSocket } from 'ws';
import type { createBackoff } from './backoff.ts';

/** What a message handler can do with the line that it came on. */
export interface Connection {
  /** Resolves when the frame is handed to the system, so that awaiting it bounds memory. Rejects where the line is gone. */
  send(message: Message): Promise<void>;
  close(reason: CloseReason): void;
}

interface LinkLimits {
  /** Milliseconds for TCP and the WebSocket handshake. */
  connectMs: number;
  /** Pings without any sign of the server before the line counts as dead. */
  silentPings: number;
  /** Milliseconds without a welcome before the client gives up. */
  giveUpMs: number;
}

const LINK_LIMITS: Readonly<LinkLimits> = { connectMs: 10_000, silentPings: 4, giveUpMs: 600_000 };

interface LinkOptions {
  /** ws:// or wss://, http:// or https://; without a path, the server's `/federation`. */
  url: string;
  hello: Body<'hello'>;
  signal: AbortSignal;
  logger: Logger;
  backoff: ReturnType<typeof createBackoff>;
  limits?: Partial<LinkLimits>;
  /** Every message but hello, ping and pong; `connection` stays the same until the line breaks. Must not throw. */
  onMessage(message: Message, connection: Connection): void;
}

interface Ending {
  code: number;
  welcomed: boolean;
  /** The last coded error that the server sent before it closed. */
  error?: Body<'error'> | undefined;
  reason: string;
}

/**
 * Resolves when the server says that the run is over (`finished`) or the signal aborts (`aborted`). Throws CLIENT_REFUSED where the
 * server will not have this client, CLIENT_DISCONNECTED where it cannot be reached for `giveUpMs`.
 */
export async function keepLinked(options: LinkOptions): Promise<'finished' | 'aborted'> {
  const { signal, logger, backoff } = options;
  const limits = { ...LINK_LIMITS, ...options.limits };
  const url = federationUrl(options.url);
  let lostAt = Date.now();
  while (!signal.aborted) {
    const ending = await talk(url, limits, { ...options, onWelcome: () => backoff.reset() });
    if (ending.code === CLOSE.finished.code) return 'finished';
    if (signal.aborted) break;
    if (closeReason(ending.code)?.retry === false) {
      throw new LeakscopeError('CLIENT_REFUSED', {
        url,
        code: ending.error?.code ?? String(ending.code),
        reason: ending.error?.message ?? ending.reason,
      });
    }
    if (ending.welcomed) lostAt = Date.now();
    if (Date.now() - lostAt > limits.giveUpMs) {
      throw new LeakscopeError('CLIENT_DISCONNECTED', { url, reason: ending.reason });
    }
    const waitMs = Math.round(backoff.next());
    logger.warn({ url, code: ending.code, reason: ending.reason, waitMs }, 'no connection; trying again');
    await pause(waitMs, signal);
  }
  return 'aborted';
}

/** The WebSocket address of a server that was named by any of its addresses. */
function federationUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const scheme = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }[parsed?.protocol ?? ''];
  if (parsed === undefined || scheme === undefined) throw new LeakscopeError('CLIENT_URL_INVALID', { url });
  const path = parsed.pathname === '/' ? '/federation' : parsed.pathname;
  return `${scheme}//${parsed.host}${path}${parsed.search}`;
}

/** One connection from hello to close; never throws. */
function talk(
  url: string,
  limits: LinkLimits,
  { hello, signal, logger, onMessage, onWelcome }: LinkOptions & { onWelcome(): void },
): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const socket = new WebSocket(url, {
    handshakeTimeout: limits.connectMs,
    maxPayload: PROTOCOL_LIMITS.frameBytes,
    perMessageDeflate: false,
  });
  let welcomed = false;
  let failure = '';
  let error: Body<'error'> | undefined;
  let pings: NodeJS.Timeout | undefined;
  let unanswered = 0;

  const connection: Connection = {
    send: (message) =>
      new Promise((sent, failed) => socket.send(encode(message), (cause) => (cause ? failed(cause) : sent()))),
    close: (reason) => socket.close(reason.code, reason.meaning.slice(0, 120)),
  };
  const say = (message: Message) => connection.send(message).catch(() => {});

  function leave(): void {
    void say({ type: 'bye', reason: 'stopped' });
    connection.close(CLOSE.goingAway);
    // A server that hangs must not keep this process.
    setTimeout(() => socket.terminate(), 1_000).unref();
  }

  function receive(message: Message): void {
    if (message.type === 'welcome') {
      welcomed = true;
      onWelcome();
      pings = setInterval(() => {
        if (unanswered >= limits.silentPings) socket.terminate();
        else void say({ type: 'ping', nonce: ++unanswered });
      }, message.pingSeconds * 1_000);
    }
    if (message.type === 'error') error = message;
    if (message.type === 'ping') void say({ type: 'pong', nonce: message.nonce });
    else if (message.type !== 'pong') onMessage(message, connection);
    if (message.type === 'finished') connection.close(CLOSE.finished);
  }

  socket.on('open', () => void say({ type: 'hello', ...hello }));
  socket.on('message', (data: Buffer) => {
    unanswered = 0;
    let message: Message;
    try {
      message = decode(data);
    } catch (cause) {
      logger.error({ err: cause }, 'a frame of the server cannot be read');
      failure = reasonOf(cause);
      connection.close(CLOSE.frameInvalid);
      return;
    }
    receive(message);
  });
  socket.on('error', (cause) => {
    failure = cause.message;
  });
  socket.on('close', (code, reason) => {
    clearInterval(pings);
    signal.removeEventListener('abort', leave);
    resolve({
      code,
      welcomed,
      error,
      reason: error?.message ?? (failure || reason.toString() || `closed with ${code}`),
    });
  });
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return promise;
}

/** Waits, but no longer than until the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
