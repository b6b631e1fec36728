/** The clients that are connected: who may come, who is there, and what all of them are told. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { CLOSE, type Message, type MessageOf, PROTOCOL_VERSION } from '@leakscope/shared/protocol';
import type { Session, SessionHandler, SessionLimits } from './session.ts';
import { type Tokens, tokenMatches } from './tokens.ts';
import { roundOver } from './update-inbox.ts';

interface ConnectionsOptions {
  /** The experiment's client ids: nobody else is let in. */
  clients: readonly string[];
  tokens: Tokens;
  /** What both sides must agree on. */
  experimentDigest: string;
  runId: string;
  software: string;
  limits: SessionLimits;
  /** Seconds between a client's pings. */
  pingSeconds: number;
  logger: Logger;
}

/** What clients say to a round. */
export type RoundMessage = MessageOf<'fetch' | 'offer' | 'chunk' | 'error'>;

/** The round that clients are told of, and that answers them. */
export interface RoundUnderWay {
  /** A client is there: when the round opens, or when the client comes while it is open. */
  greet(session: Session): void;
  receive(message: RoundMessage, session: Session): Promise<void>;
  /** No further message comes. */
  end(): void;
}

export class Connections implements SessionHandler {
  readonly #options: ConnectionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #present = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #round: RoundUnderWay | undefined;
  #over = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Clients that have come and not said goodbye, in the experiment's order; a broken line does not take a client out. */
  get present(): string[] {
    return this.#options.clients.filter((id) => this.#present.has(id));
  }

  /** Clients with an open connection. */
  get connected(): string[] {
    return this.#options.clients.filter((id) => this.#sessions.get(id)?.open === true);
  }

  /** Those of `clients` that are present, once they are at least `count` or the signal aborts. */
  async gather(clients: readonly string[], count: number, signal: AbortSignal): Promise<string[]> {
    const present = () => clients.filter((id) => this.#present.has(id));
    while (present().length < count && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return present();
  }

  /** Greets everybody who is there, and whoever comes while the round is open. */
  open(round: RoundUnderWay): void {
    this.#round?.end();
    this.#round = round;
    for (const session of this.#sessions.values()) round.greet(session);
  }

  /** Takes nothing further for the round and tells everybody how it ended. */
  close(end: Omit<MessageOf<'roundEnd'>, 'type'>): void {
    this.#round?.end();
    this.#round = undefined;
    for (const session of this.#sessions.values()) void session.send({ type: 'roundEnd', ...end });
  }

  /** The run is over: clients end, also those that come back within `lingerMs`. */
  async finish(reason: string, lingerMs = 0): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#sessions.values()].map((session) => this.#dismiss(session, reason)));
    const until = Date.now() + lingerMs;
    while (this.#present.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** This process stops but the run is not over: clients wait for the next server. */
  suspend(): void {
    for (const session of this.#sessions.values()) session.close(CLOSE.goingAway);
  }

  admit(hello: MessageOf<'hello'>): MessageOf<'welcome'> {
    const { clients, tokens, experimentDigest, runId, software, limits, pingSeconds } = this.#options;
    const { clientId, token } = hello;
    // The token first: a stranger learns nothing about which clients there are.
    if (!tokenMatches(tokens, clientId, token)) throw new LeakscopeError('SERVER_TOKEN_WRONG', { clientId });
    if (!clients.includes(clientId)) throw new LeakscopeError('SERVER_CLIENT_UNKNOWN', { clientId });
    if (hello.experimentDigest !== '' && hello.experimentDigest !== experimentDigest) {
      throw new LeakscopeError('SERVER_EXPERIMENT_MISMATCH', {
        clientId,
        theirs: hello.experimentDigest,
        ours: experimentDigest,
      });
    }
    return {
      type: 'welcome',
      protocolVersion: PROTOCOL_VERSION,
      software,
      runId,
      chunkBytes: limits.chunkBytes,
      frameBytes: limits.frameBytes,
      pingSeconds,
    };
  }

  joined(session: Session): void {
    const { clientId } = session;
    this.#sessions.get(clientId)?.close(CLOSE.replaced);
    this.#sessions.set(clientId, session);
    this.#present.add(clientId);
    this.#options.logger.info({ clientId, present: this.#present.size }, 'client joined');
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    if (this.#over) void this.#dismiss(session, 'the run is over');
    else this.#round?.greet(session);
  }

  left(session: Session): void {
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
  }

  async receive(message: Message, session: Session): Promise<void> {
    switch (message.type) {
      case 'fetch':
      case 'chunk':
      case 'error':
        await this.#round?.receive(message, session);
        break;
      case 'offer':
        if (this.#round === undefined) await session.send(roundOver(message, session.clientId));
        else await this.#round.receive(message, session);
        break;
      case 'bye':
        this.#present.delete(session.clientId);
        break;
      case 'hello':
      case 'welcome':
      case 'round':
      case 'ack':
      case 'accepted':
      case 'roundEnd':
      case 'finished':
      case 'ping':
      case 'pong': {
        const reason = 'a client does not send it';
        throw new LeakscopeError('SERVER_MESSAGE_UNEXPECTED', { message: message.type, reason });
      }
      default:
        message satisfies never;
    }
  }

  async #dismiss(session: Session, reason: string): Promise<void> {
    await session.send({ type: 'finished', reason });
    session.close(CLOSE.finished);
    this.#present.delete(session.clientId);
  }
}
