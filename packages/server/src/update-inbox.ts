/** Takes a round's updates in: offered, received in chunks onto the disk, and handed to the round when they are whole. A bad one is refused, and the round goes on. */
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { type MessageOf, type ProtocolLimits, Transfer } from '@leakscope/shared/protocol';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Spool, SpooledUpload } from '@leakscope/store';
import type { RoundCollection } from './round-collection.ts';
import type { RoundRecords } from './round-records.ts';
import type { Session } from './session.ts';
import { blamesUpdate } from './update-check.ts';

/** What a round asks of every update, beyond what it announces. */
export interface AskedUpdate {
  examples: number;
  localSteps: number;
  /** Number of tensors. */
  tensors: number;
  /** Whether the labels of the examples come with the offer: the attacker is given them. */
  labels: boolean;
  /** Of the model: every label is below. */
  classes: number;
}

interface UpdateInboxOptions {
  announcement: MessageOf<'round'>;
  /** What each update must be. */
  asked: AskedUpdate;
  /** Decodes and checks the bytes of a whole update. Throws a coded error that names what is wrong. */
  read(bytes: Uint8Array): NamedTensors;
  collection: RoundCollection;
  /** Holds what has come of an upload, over connections and processes. */
  spool: Pick<Spool, 'open'>;
  records: Pick<RoundRecords, 'rejected'>;
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
  async offer(session: Session, offer: MessageOf<'offer'>): Promise<void> {
    const { announcement, collection, limits, spool } = this.#options;
    const { clientId } = session;
    const { digest, bytes } = offer;
    if (collection.reportOf(clientId)?.digest === digest) {
      await session.send({ type: 'accepted', digest, duplicate: true });
      return;
    }
    if (offer.round !== announcement.round || !collection.awaits(clientId)) {
      await session.send(roundOver(offer, clientId));
      return;
    }
    let transfer: Transfer;
    try {
      this.#checkOffer(offer, clientId);
      transfer = new Transfer({ digest, bytes, limits });
    } catch (error) {
      await this.#reject(session, offer, error);
      return;
    }
    const spooled = await spool.open({ clientId, round: offer.round, digest, bytes });
    for await (const piece of spooled.pieces()) transfer.resume(piece);
    this.#incoming.set(clientId, { offer, transfer, spooled, unconfirmed: transfer.offset > 0 });
    if (transfer.complete) await this.#finish(session);
    else await session.send({ type: 'ack', digest, offset: transfer.offset });
  }

  /** Writes a chunk, acknowledges it, and takes the update in when it is the last. Throws PROTOCOL_CHUNK_INVALID and PROTOCOL_DIGEST_MISMATCH. */
  async chunk(session: Session, chunk: MessageOf<'chunk'>): Promise<void> {
    const incoming = this.#incoming.get(session.clientId);
    // Chunks on their way when an update is refused are nobody's fault.
    if (incoming === undefined || chunk.digest !== incoming.offer.digest) return;
    const { transfer, spooled } = incoming;
    try {
      transfer.check(chunk);
    } catch (error) {
      // The machine may have died while it wrote: then what was kept is to blame, and the next connection starts anew.
      if (incoming.unconfirmed) await spooled.discard();
      throw error;
    }
    incoming.unconfirmed = false;
    await spooled.append(chunk.data);
    await session.send({ type: 'ack', digest: chunk.digest, offset: transfer.offset });
    if (transfer.complete) await this.#finish(session);
  }

  async #finish(session: Session): Promise<void> {
    const { clientId } = session;
    const { offer, transfer, spooled } = this.#incoming.get(clientId) as Incoming;
    this.#incoming.delete(clientId);
    try {
      transfer.finish();
    } catch (error) {
      await spooled.discard();
      throw error;
    }
    const { type: _type, stageIndex: _stageIndex, ...report } = offer;
    const { collection, read } = this.#options;
    let taken: boolean;
    try {
      taken = await collection.take({ clientId, ...report }, async () => read(await spooled.read()));
    } catch (error) {
      if (!blamesUpdate(error)) throw error;
      await spooled.discard();
      await this.#reject(session, offer, error);
      return;
    }
    await session.send(
      taken ? { type: 'accepted', digest: offer.digest, duplicate: false } : roundOver(offer, clientId),
    );
  }

  async #reject(session: Session, offer: MessageOf<'offer'>, error: unknown): Promise<void> {
    if (!isLeakscopeError(error)) throw error;
    const { clientId } = session;
    const { collection, records, logger } = this.#options;
    logger.warn({ clientId, round: offer.round, err: error }, 'update rejected');
    await collection.reject(clientId, error.code);
    records.rejected(clientId, offer, error.code);
    await session.send({
      type: 'error',
      code: error.code,
      message: error.message,
      fatal: false,
      digest: offer.digest,
    });
  }

  /** Throws SERVER_UPDATE_INVALID where an offer is not what the round asked for. */
  #checkOffer(offer: MessageOf<'offer'>, clientId: string): void {
    const { announcement, asked } = this.#options;
    const { examples, localSteps, tensors } = asked;
    const refuse = (field: keyof typeof offer, reason: string): never => {
      throw new LeakscopeError('SERVER_UPDATE_INVALID', {
        ...{ clientId, round: offer.round, field, value: offer[field], reason },
      });
    };
    const { stageIndex, updateEncoding: encoding } = announcement;
    const wanted = { stageIndex, encoding, examples, localSteps, tensors };
    for (const field of ['stageIndex', 'encoding', 'examples', 'localSteps', 'tensors'] as const) {
      if (offer[field] !== wanted[field]) refuse(field, `the round asks for ${wanted[field]}`);
    }
    const labels = asked.labels ? examples : 0;
    if (offer.labels.length !== labels) refuse('labels', `the round asks for ${labels} of them`);
    if (offer.labels.some((label) => label >= asked.classes))
      refuse('labels', `the model has ${asked.classes} classes`);
  }
}

/** The answer to an offer that no round awaits. */
export function roundOver({ round, digest }: MessageOf<'offer'>, clientId: string): MessageOf<'error'> {
  const { code, message } = new LeakscopeError('SERVER_ROUND_OVER', { round, clientId });
  return { type: 'error', code, message, fatal: false, digest };
}
