/** The tables, as a list of migrations: entry n takes a database from version n to n + 1. Never change an entry that was released. */

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished')),
    created_at TEXT NOT NULL,
    finished_at TEXT
  ) STRICT;

  CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,
    stage_index INTEGER NOT NULL,
    stage TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    weights_digest TEXT NOT NULL,
    clients TEXT NOT NULL,
    missing TEXT NOT NULL,
    loss REAL,
    accuracy REAL,
    opened_at TEXT NOT NULL,
    closed_at TEXT
  ) STRICT;

  CREATE TABLE updates (
    round INTEGER NOT NULL,
    client TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'rejected')),
    digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    examples INTEGER NOT NULL,
    local_steps INTEGER NOT NULL,
    loss REAL NOT NULL,
    accuracy REAL NOT NULL,
    code TEXT,
    PRIMARY KEY (round, client)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    round INTEGER NOT NULL,
    client TEXT NOT NULL,
    attack_index INTEGER NOT NULL,
    job TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'done', 'failed', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until INTEGER,
    error TEXT,
    added_at TEXT NOT NULL,
    settled_at TEXT
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state, id);

  CREATE TABLE reconstructions (
    job_key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    details TEXT NOT NULL,
    committed_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leaks (
    job_key TEXT NOT NULL,
    image INTEGER NOT NULL,
    round INTEGER NOT NULL,
    client TEXT NOT NULL,
    attack_index INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (job_key, image)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX leaks_in_order ON leaks (round, client, attack_index, image);
  `,
  `
  CREATE TABLE choices (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    made_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
