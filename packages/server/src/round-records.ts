/** The rows of a run: its rounds, and each update that was accepted or rejected. */
import type { WireDigest } from '@leakscope/shared/digests';
import type { MessageOf } from '@leakscope/shared/protocol';
import type { Store } from '@leakscope/store';
import type { Report } from './report.ts';
import type { RoundOutcome } from './round-collection.ts';
import type { ScheduledRound } from './schedule.ts';

export class RoundRecords {
  readonly #store: Pick<Store, 'rounds' | 'updates'>;

  constructor(store: Pick<Store, 'rounds' | 'updates'>) {
    this.#store = store;
  }

  /** When a round's clients are called, again where it is repeated. */
  opened({ round, stageIndex, stage }: ScheduledRound, clients: readonly string[], weightsDigest: WireDigest): void {
    this.#store.rounds.open({ round, stageIndex, stage, weightsDigest, clients });
  }

  rejected(clientId: string, { type: _type, ...offer }: MessageOf<'offer'>, code: string): void {
    this.#put({ clientId, ...offer }, 'rejected', code);
  }

  /** `accuracy`: on the test examples, after the step; undefined where none was measured. */
  closed({ round }: ScheduledRound, outcome: RoundOutcome, accuracy: number | undefined): void {
    const { reports, missing, rejected } = outcome;
    for (const report of reports) this.#put(report, 'accepted', null);
    const examples = reports.reduce((sum, report) => sum + report.examples, 0);
    const loss = reports.reduce((sum, report) => sum + report.loss * report.examples, 0) / examples;
    this.#store.rounds.close(round, {
      missing: [...missing, ...rejected.map(({ clientId }) => clientId)],
      loss,
      accuracy: accuracy ?? null,
    });
  }

  #put(report: Report, state: 'accepted' | 'rejected', code: string | null): void {
    const { round, clientId, digest, bytes, encoding, examples, localSteps, loss, accuracy } = report;
    this.#store.updates.put({
      round,
      clientId,
      state,
      digest,
      bytes,
      encoding,
      examples,
      localSteps,
      loss,
      accuracy,
      code,
    });
  }
}
