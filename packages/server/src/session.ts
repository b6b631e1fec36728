/** The server's end of one connection: reads frames in order, answers pings, refuses with a coded error and a close code. */
import { type ErrorCode, isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import {
  CLOSE,
  type CloseReason,
  decode,
  encode,
  type Message,
  type MessageOf,
  type ProtocolLimits,
} from '@leakscope/shared/protocol';
import type { WebSocket } from 'ws';
import type { Backlog } from './backlog.ts';

export interface SessionLimits extends ProtocolLimits {
  /** Milliseconds from the connection to its hello. */
  helloMs: number;
  /** Milliseconds without any message before a client counts as gone; it pings more often. */
  silenceMs: number;
  /** Open connections. */
  connections: number;
  /** Bytes of frames read but not yet dealt with, over all connections, before they read no further. */
  backlogBytes: number;
}

/** What is done with a connection. */
export interface SessionHandler {
  /** Knows the client and lets it in, or throws SERVER_TOKEN_WRONG, SERVER_CLIENT_UNKNOWN or SERVER_EXPERIMENT_MISMATCH. */
  admit(hello: MessageOf<'hello'>): MessageOf<'welcome'>;
  /** After the welcome. */
  joined(session: Session): void;
  /** Each further message, one at a time. What it throws goes to the client as a coded error. */
  receive(message: Message, session: Session): Promise<void>;
  left(session: Session): void;
}

export interface SessionOptions {
  handler: SessionHandler;
  limits: SessionLimits;
  /** Shared by all sessions. */
  backlog: Backlog;
  logger: Logger;
}

export class Session {
  /** Empty before the hello. */
  clientId = '';
  readonly #socket: WebSocket;
  readonly #handler: SessionHandler;
  readonly #limits: SessionLimits;
  readonly #backlog: Backlog;
  readonly #logger: Logger;
  readonly #watchdog: NodeJS.Timeout;
  #queue: Promise<void> = Promise.resolve();
  #paused = false;
  #heardAt = Date.now();
  #closing = false;

  constructor(socket: WebSocket, { handler, limits, backlog, logger }: SessionOptions) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#backlog = backlog;
    this.#logger = logger;
    this.#watchdog = setInterval(() => this.#watch(), Math.min(limits.helloMs, limits.silenceMs) / 4);
    socket.on('message', (data: Buffer) => this.#enqueue(data));
    socket.on('close', (code) => this.#closed(code));
    // ws closes by itself after such an error (1009 for a frame beyond its own limit); 'close' follows.
    socket.on('error', (error) =>
      this.#logger.warn({ clientId: this.clientId, reason: error.message }, 'socket error'),
    );
  }

  /** Resolves when the frame is handed to the system; never rejects, as a broken line is seen by 'close'. */
  send(message: Message): Promise<void> {
    return this.sendFrame(encode(message));
  }

  /** The same for an encoded message, which several sessions may send: it is not copied. */
  sendFrame(frame: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState !== this.#socket.OPEN) resolve();
      else this.#socket.send(frame, () => resolve());
    });
  }

  get open(): boolean {
    return !this.#closing && this.#socket.readyState === this.#socket.OPEN;
  }

  close(reason: CloseReason): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.close(reason.code, reason.meaning.slice(0, 120));
    // A peer that never answers the close must not hold the server up.
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  /** Tells the client why, then closes. */
  refuse(error: LeakscopeError): void {
    if (this.#closing) return;
    this.#logger.warn({ clientId: this.clientId, err: error }, 'connection refused');
    void this.send({ type: 'error', code: error.code, message: error.message, fatal: true, digest: '' });
    this.close(closeFor(error));
  }

  #enqueue(data: Buffer): void {
    this.#heardAt = Date.now();
    if (this.#closing) return;
    if (!this.#backlog.add(data.length, () => this.#resume()) && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#closing) await this.#take(data);
      } catch (error) {
        this.refuse(coded(error, this.#logger));
      }
      this.#backlog.remove(data.length);
    });
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // What the client said meanwhile has not been read.
    this.#heardAt = Date.now();
    this.#socket.resume();
  }

  async #take(data: Buffer): Promise<void> {
    const message = decode(data, this.#limits);
    if (message.type === 'ping') {
      await this.send({ type: 'pong', nonce: message.nonce });
    } else if (this.clientId === '') {
      if (message.type !== 'hello') {
        throw new LeakscopeError('SERVER_MESSAGE_UNEXPECTED', { message: message.type, reason: 'hello comes first' });
      }
      const welcome = this.#handler.admit(message);
      this.clientId = message.clientId;
      await this.send(welcome);
      this.#handler.joined(this);
    } else if (message.type !== 'pong') {
      await this.#handler.receive(message, this);
      if (message.type === 'bye') this.close(CLOSE.goingAway);
    }
  }

  #watch(): void {
    if (this.#paused) return;
    const silent = Date.now() - this.#heardAt;
    if (this.clientId === '' && silent > this.#limits.helloMs) {
      this.refuse(new LeakscopeError('SERVER_HELLO_MISSING', { seconds: this.#limits.helloMs / 1_000 }));
    } else if (silent > this.#limits.silenceMs) {
      this.close(CLOSE.pingTimeout);
    }
  }

  #closed(code: number): void {
    this.#closing = true;
    clearInterval(this.#watchdog);
    this.#logger.debug({ clientId: this.clientId, code }, 'connection closed');
    if (this.clientId !== '') this.#handler.left(this);
  }
}

/** The close code that goes with an error; `internal` for those that are no fault of the peer. */
function closeFor(error: LeakscopeError): CloseReason {
  if (isLeakscopeError(error, 'PROTOCOL_LIMIT_EXCEEDED')) {
    return error.details.limit === 'frameBytes' ? CLOSE.frameTooLarge : CLOSE.limitExceeded;
  }
  const table: Partial<Record<ErrorCode, CloseReason>> = {
    PROTOCOL_CHUNK_INVALID: CLOSE.transferFailed,
    PROTOCOL_DIGEST_MISMATCH: CLOSE.transferFailed,
    PROTOCOL_FRAME_INVALID: CLOSE.frameInvalid,
    PROTOCOL_MESSAGE_INVALID: CLOSE.frameInvalid,
    PROTOCOL_VERSION_MISMATCH: CLOSE.versionMismatch,
    SERVER_CLIENT_UNKNOWN: CLOSE.unknownClient,
    SERVER_EXPERIMENT_MISMATCH: CLOSE.experimentMismatch,
    SERVER_HELLO_MISSING: CLOSE.helloTimeout,
    SERVER_MESSAGE_UNEXPECTED: CLOSE.unexpectedMessage,
    SERVER_TOKEN_WRONG: CLOSE.unauthorised,
  };
  return table[error.code] ?? CLOSE.internal;
}

/** What is thrown while a message is dealt with, as something that can be said on the wire. */
function coded(error: unknown, logger: Logger): LeakscopeError {
  if (isLeakscopeError(error)) return error;
  logger.error({ err: error }, 'a message could not be dealt with');
  return new LeakscopeError('SERVER_INTERNAL', { cause: error });
}
