/** Takes updates in: offered, received in chunks onto the disk, checked, handed to the round. A bad one is refused, and the round goes on. */
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { type MessageOf, type ProtocolLimits, Transfer } from '@leakscope/shared/protocol';
import type { Spool, SpooledUpload } from '@leakscope/store';
import type { OpenRound } from './federation.ts';
import type { Session } from './session.ts';

export interface UpdateInboxOptions {
  spool: Pick<Spool, 'open'>;
  /** Reads and checks the bytes of a whole update. Throws a coded error that names what is wrong. */
  check(bytes: Uint8Array, round: OpenRound): void;
  /** Called when an update is refused for good. */
  onRejected(clientId: string, offer: MessageOf<'offer'>, error: LeakscopeError): void;
  limits: ProtocolLimits;
  logger: Logger;
}

interface Incoming {
  offer: MessageOf<'offer'>;
  transfer: Transfer;
  spooled: SpooledUpload;
  /** Bytes that an earlier connection or process left; they count once a later chunk's running hash has confirmed them. */
  unconfirmed: boolean;
}

export class UpdateInbox {
  readonly #options: UpdateInboxOptions;
  readonly #incoming = new Map<string, Incoming>();

  constructor(options: UpdateInboxOptions) {
    this.#options = options;
  }

  /** Answers an offer: accepted already, from where to send, or why not. */
  async offer(session: Session, offer: MessageOf<'offer'>, round: OpenRound | undefined): Promise<void> {
    const { clientId } = session;
    const { digest, bytes } = offer;
    if (round?.collection.reportOf(clientId)?.digest === digest) {
      await session.send({ type: 'accepted', digest, duplicate: true });
      return;
    }
    if (!this.#awaited(offer, clientId, round)) {
      const over = new LeakscopeError('SERVER_ROUND_OVER', { round: offer.round, clientId });
      await session.send({ type: 'error', code: over.code, message: over.message, fatal: false, digest });
      return;
    }
    let transfer: Transfer;
    try {
      checkOffer(offer, clientId, round);
      transfer = new Transfer({ digest, bytes, limits: this.#options.limits });
    } catch (error) {
      await this.#reject(session, offer, round, error);
      return;
    }
    const spooled = await this.#options.spool.open({ clientId, round: offer.round, digest, bytes });
    transfer.resume(await spooled.kept());
    this.#incoming.set(clientId, { offer, transfer, spooled, unconfirmed: transfer.offset > 0 });
    if (transfer.complete) await this.#finish(session, round);
    else await session.send({ type: 'ack', digest, offset: transfer.offset });
  }

  /** Writes a chunk, acknowledges it, and takes the update in when it is the last. Throws PROTOCOL_CHUNK_INVALID and PROTOCOL_DIGEST_MISMATCH. */
  async chunk(session: Session, chunk: MessageOf<'chunk'>, round: OpenRound | undefined): Promise<void> {
    const incoming = this.#incoming.get(session.clientId);
    // Chunks on their way when a round ends or an update is refused are nobody's fault.
    if (incoming === undefined || round === undefined || chunk.digest !== incoming.offer.digest) return;
    const { transfer, spooled } = incoming;
    try {
      transfer.check(chunk);
    } catch (error) {
      // The machine may have died while it wrote: then what was kept is to blame, and the next attempt starts anew.
      if (incoming.unconfirmed) await spooled.discard();
      throw error;
    }
    incoming.unconfirmed = false;
    await spooled.append(chunk.data);
    await session.send({ type: 'ack', digest: chunk.digest, offset: transfer.offset });
    if (transfer.complete) await this.#finish(session, round);
  }

  /** Forgets transfers under way; what is on disk stays. */
  clear(): void {
    this.#incoming.clear();
  }

  #awaited(offer: MessageOf<'offer'>, clientId: string, round: OpenRound | undefined): round is OpenRound {
    return round !== undefined && offer.round === round.announcement.round && round.collection.awaits(clientId);
  }

  async #finish(session: Session, round: OpenRound): Promise<void> {
    const { clientId } = session;
    const { offer, transfer, spooled } = this.#incoming.get(clientId) as Incoming;
    this.#incoming.delete(clientId);
    try {
      transfer.finish();
    } catch (error) {
      await spooled.discard();
      throw error;
    }
    try {
      this.#options.check(await spooled.read(), round);
    } catch (error) {
      await spooled.discard();
      await this.#reject(session, offer, round, error);
      return;
    }
    const { type: _type, stageIndex: _stageIndex, ...report } = offer;
    round.collection.accept({ clientId, ...report });
    await session.send({ type: 'accepted', digest: offer.digest, duplicate: false });
  }

  async #reject(session: Session, offer: MessageOf<'offer'>, round: OpenRound, error: unknown): Promise<void> {
    if (!isLeakscopeError(error)) throw error;
    const { clientId } = session;
    this.#options.logger.warn({ clientId, round: offer.round, err: error }, 'update rejected');
    round.collection.reject(clientId, error.code);
    this.#options.onRejected(clientId, offer, error);
    await session.send({
      type: 'error',
      code: error.code,
      message: error.message,
      fatal: false,
      digest: offer.digest,
    });
  }
}

/** Throws SERVER_UPDATE_INVALID where an offer is not what the round asked for. */
function checkOffer(offer: MessageOf<'offer'>, clientId: string, { announcement, examples }: OpenRound): void {
  const wanted = { stageIndex: announcement.stageIndex, encoding: announcement.updateEncoding, examples };
  for (const field of ['stageIndex', 'encoding', 'examples'] as const) {
    if (offer[field] === wanted[field]) continue;
    throw new LeakscopeError('SERVER_UPDATE_INVALID', {
      clientId,
      round: offer.round,
      field,
      value: offer[field],
      reason: `the round asks for ${wanted[field]}`,
    });
  }
}
