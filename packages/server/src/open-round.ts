/** The round under way, as its clients meet it: announced to those it awaits, its weights sent, its updates taken in. */
import type { Logger } from '@leakscope/shared/log';
import type { MessageOf } from '@leakscope/shared/protocol';
import type { RoundMessage, RoundUnderWay } from './connections.ts';
import type { RoundCollection } from './round-collection.ts';
import type { Session } from './session.ts';
import type { UpdateInbox } from './update-inbox.ts';
import type { WeightsDownload } from './weights-download.ts';

interface OpenRoundOptions {
  announcement: MessageOf<'round'>;
  download: WeightsDownload;
  inbox: UpdateInbox;
  collection: RoundCollection;
  logger: Logger;
}

export class OpenRound implements RoundUnderWay {
  readonly #options: OpenRoundOptions;

  constructor(options: OpenRoundOptions) {
    this.#options = options;
  }

  greet(session: Session): void {
    const { announcement, collection } = this.#options;
    if (collection.awaits(session.clientId)) void session.send(announcement);
  }

  async receive(message: RoundMessage, session: Session): Promise<void> {
    const { download, inbox, collection, logger } = this.#options;
    const { clientId } = session;
    switch (message.type) {
      case 'fetch':
        // Not awaited: what else the client says must not wait for the weights.
        void download.serve(message, session);
        break;
      case 'offer':
        await inbox.offer(session, message);
        break;
      case 'chunk':
        await inbox.chunk(session, message);
        break;
      case 'error':
        logger.error({ clientId, code: message.code, reason: message.message }, 'a client failed');
        await collection.reject(clientId, message.code);
        break;
      default:
        message satisfies never;
    }
  }

  end(): void {
    this.#options.download.stop();
  }
}
