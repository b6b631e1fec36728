/** The clients that are connected, and what the round under way asks of each. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { CLOSE, chunksOf, type Message, type MessageOf, PROTOCOL_VERSION } from '@leakscope/shared/protocol';
import type { RoundCollection } from './round-collection.ts';
import type { Session, SessionHandler, SessionLimits } from './session.ts';
import { type Tokens, tokenMatches } from './tokens.ts';
import type { UpdateInbox } from './update-inbox.ts';

export interface FederationOptions {
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
  inbox: UpdateInbox;
  logger: Logger;
}

/** A round under way. */
export interface OpenRound {
  announcement: MessageOf<'round'>;
  /** The encoded weights that the announcement names. */
  weights: Uint8Array;
  collection: RoundCollection;
  /** Examples that each update must stand for. */
  examples: number;
  /** Whether updates carry the change of running statistics: with `train`. */
  batchNorm: 'frozen' | 'train';
}

export class Federation implements SessionHandler {
  readonly #options: FederationOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #present = new Set<string>();
  readonly #waiting = new Set<() => void>();
  /** The latest download of each session: another one takes its place. */
  readonly #serving = new WeakMap<Session, MessageOf<'fetch'>>();
  #round: OpenRound | undefined;
  #over = false;

  constructor(options: FederationOptions) {
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

  /** Calls the sampled clients; those that are away hear of it when they come back. */
  open(round: OpenRound): void {
    this.#round = round;
    for (const [clientId, session] of this.#sessions) this.#announce(clientId, session);
  }

  /** Takes no further update and tells everybody how the round ended. */
  close(accuracy: number | undefined): void {
    const { announcement } = this.#round as OpenRound;
    this.#round = undefined;
    this.#options.inbox.clear();
    this.#broadcast({
      type: 'roundEnd',
      round: announcement.round,
      evaluated: accuracy !== undefined,
      accuracy: accuracy ?? 0,
    });
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
    else this.#announce(clientId, session);
  }

  left(session: Session): void {
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
  }

  async receive(message: Message, session: Session): Promise<void> {
    const { clientId } = session;
    const round = this.#round;
    switch (message.type) {
      case 'fetch':
        this.#serve(message, session);
        break;
      case 'offer':
        await this.#options.inbox.offer(session, message, round);
        break;
      case 'chunk':
        await this.#options.inbox.chunk(session, message, round);
        break;
      case 'error':
        this.#options.logger.error({ clientId, code: message.code, reason: message.message }, 'a client failed');
        round?.collection.reject(clientId, message.code);
        break;
      case 'bye':
        this.#present.delete(clientId);
        break;
      default:
        throw new LeakscopeError('SERVER_MESSAGE_UNEXPECTED', {
          message: message.type,
          reason: 'a client does not send it',
        });
    }
  }

  #announce(clientId: string, session: Session): void {
    const round = this.#round;
    if (round?.collection.awaits(clientId)) void session.send(round.announcement);
  }

  /** Sends the weights beside whatever else the session does, one chunk at a time, until the client is gone or the round over. */
  #serve(fetch: MessageOf<'fetch'>, session: Session): void {
    const { digest, offset } = fetch;
    const round = this.#round;
    if (round === undefined || digest !== round.announcement.weightsDigest) return;
    this.#serving.set(session, fetch);
    const { chunkBytes } = this.#options.limits;
    const send = async () => {
      for (const chunk of chunksOf(round.weights, { digest, offset, chunkBytes })) {
        if (!session.open || this.#round !== round || this.#serving.get(session) !== fetch) return;
        await session.send(chunk);
      }
    };
    void send();
  }

  async #dismiss(session: Session, reason: string): Promise<void> {
    await session.send({ type: 'finished', reason });
    session.close(CLOSE.finished);
    this.#present.delete(session.clientId);
  }

  #broadcast(message: Message): void {
    for (const session of this.#sessions.values()) void session.send(message);
  }
}
