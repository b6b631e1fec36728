/** The run, its rounds and the updates that came in: what the server writes and the report reads. */
import type { WireDigest } from '@leakscope/shared/digests';
import { all, get, run } from './database.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly state: 'running' | 'finished';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export class Runs {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #finish: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      "INSERT INTO runs (id, name, state, created_at) SELECT ?, ?, 'running', ? WHERE NOT EXISTS (SELECT 1 FROM runs)",
    );
    this.#select = database.prepare(
      'SELECT id, name, state, created_at AS createdAt, finished_at AS finishedAt FROM runs LIMIT 1',
    );
    this.#finish = database.prepare("UPDATE runs SET state = 'finished', finished_at = ? WHERE state = 'running'");
  }

  /** Begins the run of this folder, or goes on with the one that is there: the first id stays. */
  begin({ id, name }: { id: string; name: string }): RunRecord {
    run(this.#insert, id, name, new Date().toISOString());
    return this.current() as RunRecord;
  }

  current(): RunRecord | undefined {
    return get<RunRecord>(this.#select);
  }

  /** No further update will come. */
  finish(): void {
    run(this.#finish, new Date().toISOString());
  }
}

export interface RoundRecord {
  /** Over all stages, from 0. */
  readonly round: number;
  readonly stageIndex: number;
  readonly stage: string;
  readonly state: 'open' | 'closed';
  /** Of the weights that the round started from. */
  readonly weightsDigest: WireDigest;
  /** Who was called. */
  readonly clients: readonly string[];
  /** Who was called and did not report. */
  readonly missing: readonly string[];
  /** Mean training loss of the reports, and accuracy of the new weights; null where not measured. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
}

type RoundRow = Omit<RoundRecord, 'clients' | 'missing'> & { clients: string; missing: string };

const ROUND_COLUMNS = `round, stage_index AS stageIndex, stage, state, weights_digest AS weightsDigest, clients, missing, loss, accuracy,
  opened_at AS openedAt, closed_at AS closedAt`;

export class Rounds {
  readonly #open: StatementSync;
  readonly #close: StatementSync;
  readonly #one: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    this.#open = database.prepare(`
      INSERT INTO rounds (round, stage_index, stage, state, weights_digest, clients, missing, opened_at)
      VALUES (?, ?, ?, 'open', ?, ?, '[]', ?)
      ON CONFLICT (round) DO UPDATE SET state = 'open', weights_digest = excluded.weights_digest, clients = excluded.clients,
        missing = '[]', loss = NULL, accuracy = NULL, opened_at = excluded.opened_at, closed_at = NULL`);
    this.#close = database.prepare(
      "UPDATE rounds SET state = 'closed', missing = ?, loss = ?, accuracy = ?, closed_at = ? WHERE round = ?",
    );
    this.#one = database.prepare(`SELECT ${ROUND_COLUMNS} FROM rounds WHERE round = ?`);
    this.#all = database.prepare(`SELECT ${ROUND_COLUMNS} FROM rounds ORDER BY round`);
  }

  /** Opens a round, or again one that a killed server left. */
  open(round: Pick<RoundRecord, 'round' | 'stageIndex' | 'stage' | 'weightsDigest' | 'clients'>): void {
    const { stageIndex, stage, weightsDigest, clients } = round;
    run(this.#open, round.round, stageIndex, stage, weightsDigest, JSON.stringify(clients), new Date().toISOString());
  }

  close(round: number, { missing, loss, accuracy }: Pick<RoundRecord, 'missing' | 'loss' | 'accuracy'>): void {
    run(this.#close, JSON.stringify(missing), loss, accuracy, new Date().toISOString(), round);
  }

  get(round: number): RoundRecord | undefined {
    const row = get<RoundRow>(this.#one, round);
    return row && roundOf(row);
  }

  /** In order. */
  list(): RoundRecord[] {
    return all<RoundRow>(this.#all).map(roundOf);
  }
}

function roundOf({ clients, missing, ...row }: RoundRow): RoundRecord {
  return { ...row, clients: JSON.parse(clients) as string[], missing: JSON.parse(missing) as string[] };
}

export interface UpdateRecord {
  readonly round: number;
  readonly clientId: string;
  readonly state: 'accepted' | 'rejected';
  /** Of the bytes on the wire. */
  readonly digest: WireDigest;
  readonly bytes: number;
  readonly encoding: string;
  readonly examples: number;
  readonly localSteps: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Why it was rejected. */
  readonly code: string | null;
}

const UPDATE_COLUMNS =
  'round, client AS clientId, state, digest, bytes, encoding, examples, local_steps AS localSteps, loss, accuracy, code';

export class Updates {
  readonly #put: StatementSync;
  readonly #all: StatementSync;
  readonly #ofRound: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare('INSERT OR REPLACE INTO updates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#all = database.prepare(`SELECT ${UPDATE_COLUMNS} FROM updates ORDER BY round, client`);
    this.#ofRound = database.prepare(`SELECT ${UPDATE_COLUMNS} FROM updates WHERE round = ? ORDER BY client`);
  }

  /** One a client and round; the last one counts. */
  put(update: UpdateRecord): void {
    const { round, clientId, state, digest, bytes, encoding, examples, localSteps, loss, accuracy, code } = update;
    run(this.#put, round, clientId, state, digest, bytes, encoding, examples, localSteps, loss, accuracy, code);
  }

  /** Of one round or all, by round and client. */
  list(round?: number): UpdateRecord[] {
    return round === undefined ? all<UpdateRecord>(this.#all) : all<UpdateRecord>(this.#ofRound, round);
  }
}
