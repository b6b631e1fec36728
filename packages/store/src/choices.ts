/** What a run chose by measuring: made once, then the same for all its processes, and for whoever takes the run up again. */
import { all, get, run, transaction } from './database.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

export interface Choice {
  readonly name: string;
  /** Plain JSON. */
  readonly value: unknown;
  readonly madeAt: string;
}

interface Row {
  readonly name: string;
  readonly value: string;
  readonly madeAt: string;
}

export class Choices {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #one: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO choices VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING');
    this.#one = database.prepare('SELECT name, value, made_at AS madeAt FROM choices WHERE name = ?');
    this.#all = database.prepare('SELECT name, value, made_at AS madeAt FROM choices ORDER BY name');
  }

  get(name: string): Choice | undefined {
    const row = get<Row>(this.#one, name);
    return row && choiceOf(row);
  }

  list(): Choice[] {
    return all<Row>(this.#all).map(choiceOf);
  }

  /** Records a choice unless another process was first; returns the one that stands. */
  make(name: string, value: unknown): Choice {
    return transaction(this.#database, () => {
      run(this.#insert, name, JSON.stringify(value), new Date().toISOString());
      return this.get(name) as Choice;
    });
  }
}

const choiceOf = ({ value, ...row }: Row): Choice => ({ ...row, value: JSON.parse(value) as unknown });
