/** The round's weights on their way to the clients: each chunk is framed once, and every client is sent the same frames. */
import { chunksOf, encode, type MessageOf } from '@leakscope/shared/protocol';
import type { EncodedWeights } from './global-model.ts';
import type { Session } from './session.ts';

export class WeightsDownload {
  readonly #weights: EncodedWeights;
  readonly #chunkBytes: number;
  readonly #frames: Uint8Array[] = [];
  readonly #rest: Generator<MessageOf<'chunk'>>;
  /** The latest request of each session: another one takes its place. */
  readonly #serving = new WeakMap<Session, MessageOf<'fetch'>>();
  #over = false;

  constructor(weights: EncodedWeights, chunkBytes: number) {
    this.#weights = weights;
    this.#chunkBytes = chunkBytes;
    this.#rest = chunksOf(weights.bytes, { digest: weights.digest, chunkBytes });
  }

  /** Sends the weights from an offset on, beside whatever else the session does, until they are sent, the client is gone or the round is over. */
  async serve(fetch: MessageOf<'fetch'>, session: Session): Promise<void> {
    if (fetch.digest !== this.#weights.digest) return;
    this.#serving.set(session, fetch);
    for (const frame of this.#framesFrom(fetch.offset)) {
      if (this.#over || !session.open || this.#serving.get(session) !== fetch) return;
      await session.sendFrame(frame);
    }
  }

  /** The round is over: what is under way ends after its chunk. */
  stop(): void {
    this.#over = true;
  }

  *#framesFrom(offset: number): Generator<Uint8Array> {
    const { bytes, digest } = this.#weights;
    const chunkBytes = this.#chunkBytes;
    if (offset % chunkBytes !== 0) {
      // A client that stopped elsewhere has chunks of its own.
      for (const chunk of chunksOf(bytes, { digest, offset, chunkBytes })) yield encode(chunk);
      return;
    }
    for (let index = offset / chunkBytes; index * chunkBytes < bytes.length; index++) yield this.#frame(index);
  }

  #frame(index: number): Uint8Array {
    // Running hashes go from the first chunk on, so frames are made in order.
    while (this.#frames.length <= index) this.#frames.push(encode(this.#rest.next().value as MessageOf<'chunk'>));
    return this.#frames[index] as Uint8Array;
  }
}
