/** A client's side of the rounds: fetch the weights, train, offer, upload; and go on where it stood on another connection. */
import type { Example } from '@leakscope/data';
import { type WireDigest, wireDigest } from '@leakscope/shared/digests';
import { isLeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import {
  CLOSE,
  chunksOf,
  decodeTensors,
  type Encoding,
  encodeTensors,
  type Message,
  type MessageOf,
  PROTOCOL_LIMITS,
  Reassembler,
} from '@leakscope/shared/protocol';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Connection } from './link.ts';
import { UploadWindow } from './upload-window.ts';

/** What an upload is made of. */
export interface Contribution {
  update: NamedTensors;
  /** Number of examples behind it. */
  examples: number;
  /** The examples themselves, for `onPrepared`; never sent. */
  truth: readonly Example[];
  localSteps: number;
  loss: number;
  accuracy: number;
}

interface ParticipantOptions {
  /** The local part of a round. Aborted when the server has moved on. */
  train(round: MessageOf<'round'>, weights: NamedTensors, signal: AbortSignal): Promise<Contribution>;
  /** Called with the digest of the encoded update before it is offered. */
  onPrepared?(round: MessageOf<'round'>, contribution: Contribution, digest: WireDigest): Promise<void>;
  /** Whether the offer holds the examples' labels: only where the experiment gives them to the attacker. */
  sendLabels: boolean;
  onAnswered?(round: MessageOf<'round'>, outcome: 'accepted' | { code: string }, offer: MessageOf<'offer'>): void;
  /** A failure of the local part: this client cannot go on. */
  onFailure(error: unknown, connection: Connection | undefined): void;
  logger: Logger;
}

interface Prepared {
  digest: WireDigest;
  bytes: Uint8Array;
  offer: MessageOf<'offer'>;
}

interface Assignment {
  round: MessageOf<'round'>;
  abort: AbortController;
  preparing?: Promise<Prepared>;
  prepared?: Prepared;
  /** The server has taken the update or refused it. */
  answered: boolean;
}

/** Keeps its state over connections: a finished update is never computed twice, a half-done transfer goes on. */
export class Participant {
  readonly #options: ParticipantOptions;
  #assignment: Assignment | undefined;
  #connection: Connection | undefined;
  #weights: { digest: string; tensors: NamedTensors } | undefined;
  #download: Reassembler | undefined;
  #downloading = '';
  #upload: UploadWindow | undefined;
  #chunkBytes: number = PROTOCOL_LIMITS.chunkBytes;

  constructor(options: ParticipantOptions) {
    this.#options = options;
  }

  /** One message of the server; failures go to `onFailure`, or close the connection where the wire is to blame. */
  handle(message: Message, connection: Connection): void {
    if (connection !== this.#connection) {
      this.#connection = connection;
      this.#upload?.stop();
      this.#upload = undefined;
    }
    switch (message.type) {
      case 'welcome':
        this.#chunkBytes = message.chunkBytes;
        break;
      case 'round':
        this.#assign(message);
        break;
      case 'chunk':
        this.#receive(message);
        break;
      case 'ack':
        this.#send(message);
        break;
      case 'accepted':
        this.#answer(message.digest, 'accepted');
        break;
      case 'error':
        this.#answer(message.digest, { code: message.code, message: message.message });
        break;
      // The line's own affair, or what only clients say.
      case 'hello':
      case 'fetch':
      case 'offer':
      case 'roundEnd':
      case 'finished':
      case 'ping':
      case 'pong':
      case 'bye':
        break;
      default:
        message satisfies never;
    }
  }

  /** Ends what is under way. */
  stop(): void {
    this.#assignment?.abort.abort();
    this.#upload?.stop();
  }

  #assign(round: MessageOf<'round'>): void {
    const current = this.#assignment;
    if (current?.round.round !== round.round || current.round.weightsDigest !== round.weightsDigest) {
      current?.abort.abort();
      this.#assignment = { round, abort: new AbortController(), answered: false };
    } else {
      // Asked again: the server was started anew, or too few others reported the first time.
      current.answered = false;
    }
    this.#advance();
  }

  /** Does the next thing that the assignment needs. */
  #advance(): void {
    const assignment = this.#assignment;
    const connection = this.#connection;
    if (assignment === undefined || connection === undefined || assignment.answered) return;
    const { round } = assignment;
    if (this.#weights?.digest !== round.weightsDigest) {
      if (this.#downloading !== round.weightsDigest) {
        this.#downloading = round.weightsDigest;
        this.#download = new Reassembler({ digest: round.weightsDigest, bytes: round.weightsBytes });
      }
      this.#say({ type: 'fetch', digest: round.weightsDigest, offset: this.#download?.offset ?? 0 });
      return;
    }
    if (assignment.prepared !== undefined) {
      this.#say(assignment.prepared.offer);
    } else if (assignment.preparing === undefined) {
      assignment.preparing = this.#prepare(assignment, this.#weights.tensors);
      assignment.preparing.then(
        (prepared) => {
          assignment.prepared = prepared;
          if (assignment === this.#assignment) this.#advance();
        },
        (error: unknown) => {
          if (!assignment.abort.signal.aborted) this.#options.onFailure(error, this.#connection);
        },
      );
    }
  }

  async #prepare({ round, abort }: Assignment, weights: NamedTensors): Promise<Prepared> {
    const contribution = await this.#options.train(round, weights, abort.signal);
    const { update, examples, localSteps, loss, accuracy } = contribution;
    const encoding: Encoding = round.updateEncoding;
    const bytes = encodeTensors(update, encoding);
    const digest = wireDigest(bytes);
    await this.#options.onPrepared?.(round, contribution, digest);
    const { stageIndex, round: number } = round;
    const offer: MessageOf<'offer'> = {
      type: 'offer',
      stageIndex,
      round: number,
      digest,
      bytes: bytes.length,
      encoding,
      tensors: update.size,
      examples,
      localSteps,
      loss,
      accuracy,
      labels: this.#options.sendLabels ? contribution.truth.map(({ label }) => label) : [],
    };
    return { digest, bytes, offer };
  }

  #receive(chunk: MessageOf<'chunk'>): void {
    if (this.#download === undefined || chunk.digest !== this.#downloading) return;
    try {
      this.#download.accept(chunk);
      if (!this.#download.complete) return;
      this.#weights = { digest: chunk.digest, tensors: decodeTensors(this.#download.finish()) };
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the weights came broken');
      // A wrong chunk leaves the transfer where it stood: the next connection asks from there.
      if (!isLeakscopeError(error, 'PROTOCOL_CHUNK_INVALID')) this.#forgetDownload();
      this.#connection?.close(CLOSE.transferFailed);
      return;
    }
    this.#forgetDownload();
    this.#advance();
  }

  #forgetDownload(): void {
    this.#download = undefined;
    this.#downloading = '';
  }

  #send({ digest, offset }: MessageOf<'ack'>): void {
    const prepared = this.#assignment?.prepared;
    if (prepared === undefined || prepared.digest !== digest) return;
    if (this.#upload?.digest === digest) {
      this.#upload.acknowledge(offset);
      return;
    }
    const chunks = chunksOf(prepared.bytes, { digest, offset, chunkBytes: this.#chunkBytes });
    this.#upload = new UploadWindow({ digest, chunks, offset });
    const connection = this.#connection as Connection;
    this.#upload
      .run((chunk) => connection.send(chunk))
      .catch((error: unknown) => {
        this.#options.logger.debug({ reason: reasonOf(error) }, 'upload broken off');
      });
  }

  #answer(digest: string, outcome: 'accepted' | { code: string; message: string }): void {
    const assignment = this.#assignment;
    if (assignment?.prepared === undefined || assignment.prepared.digest !== digest || assignment.answered) return;
    assignment.answered = true;
    this.#upload?.stop();
    this.#upload = undefined;
    if (outcome !== 'accepted') {
      this.#options.logger.error({ round: assignment.round.round, ...outcome }, 'the server rejected this update');
    }
    this.#options.onAnswered?.(assignment.round, outcome, assignment.prepared.offer);
  }

  #say(message: Message): void {
    // A line that breaks here is seen by the link, which comes back and is given the round again.
    this.#connection?.send(message).catch(() => {});
  }
}
