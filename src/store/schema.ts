import type { Database } from 'bun:sqlite';
import { randomUUID } from 'node:crypto';
import { COLUMN_NAMES, COLUMNS, type ColumnName, dataName } from '../domain/record.ts';
import { StoreError } from './errors.ts';
import { createIncidentTable } from './incidents.ts';
import { createLedgerTable } from './ledger.ts';
import { createNoticeTables } from './notices.ts';
import { createRollupTables } from './rollup-tables.ts';

/** The columns of `attempts`; the large texts are kept apart, in `bodies`, so that scanning metrics stays cheap. */
export const METRIC_NAMES = COLUMN_NAMES.filter((name) => !COLUMNS[name].body);
export const BODY_NAMES = COLUMN_NAMES.filter((name) => COLUMNS[name].body);

/** `isCsvRow` of the domain, in SQL. */
export const IS_CSV_ROW = `final = 1 AND probe_kind = 'standard' AND attempt > 0 AND outcome <> 'skipped'`;

/** Not imported from another writer, whose day files and rollups are its own. */
export const IS_OURS = `writer NOT IN (SELECT value FROM json_each((SELECT value FROM meta WHERE key = 'other_writers')))`;

/** For `createAttemptReader`. */
export const IS_LISTED = 'attempt_id IN (SELECT value FROM json_each($ids))';

/**
 * For `createRollupReader`. Buckets begin on a grid: those of a few series are looked up one by one, which a walk past a thousand others takes far
 * longer than. Looked for no earlier and no later than there are any, however wide the window is.
 */
export const OF_MODEL = `at_ms IN (
    WITH RECURSIVE moments (at_ms) AS (
      SELECT max($firstMs, (SELECT min(at_ms) FROM rollups WHERE span = $span))
      UNION ALL SELECT at_ms + $spanMs FROM moments
      WHERE at_ms + $spanMs < $untilMs AND at_ms < (SELECT max(at_ms) FROM rollups WHERE span = $span)
    ) SELECT at_ms FROM moments
  ) AND series_id IN (SELECT series_id FROM series WHERE model_id = $modelId) AND (+at_ms, +series_id) > ($atMs, $seriesId)`;

/** Step n leads from version n to n + 1, in one transaction with the new version; a released step never changes. */
const MIGRATIONS: readonly ((db: Database) => void)[] = [
  createTables,
  createCalibrations,
  createLedgerTable,
  createCsvFiles,
  createRollupTables,
  addVerdictColumns,
  createIncidentTable,
  createNoticeTables,
];

/**
 * Brings a store up to this program's version, step by step: killed at any moment, it goes on from the last step that was finished.
 *
 * @param beforeCommit for tests: at the end of each step, with the version that it leads to
 * @throws StoreError when the store is of a later version
 */
export function migrate(db: Database, beforeCommit: (version: number) => void = () => {}): void {
  for (let version = knownVersion(db); version < MIGRATIONS.length; version++) {
    db.transaction(() => {
      MIGRATIONS[version]!(db);
      db.query(
        `INSERT INTO meta (key, value) VALUES ('schema_version', ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      ).run(String(version + 1));
      beforeCommit(version + 1);
    }).immediate();
  }
}

/** For a reader, which may not migrate. @throws StoreError unless the store is of this program's version */
export function requireCurrentVersion(db: Database): void {
  if (knownVersion(db) < MIGRATIONS.length) {
    throw new StoreError(
      'the store in DATA_DIR is of an earlier version; start the daemon once to bring it up to date',
    );
  }
}

/** 0 for a new file. @throws StoreError when a later program wrote it */
function knownVersion(db: Database): number {
  const isNew = db.query(`SELECT 1 FROM sqlite_schema WHERE name = 'meta'`).get() === null;
  const version = isNew ? 0 : Number(metaValue(db, 'schema_version'));
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `the store in DATA_DIR is of version ${version}, this program knows versions up to ${MIGRATIONS.length}; use the newer program`,
    );
  }
  return version;
}

/** The id that was born with the store. */
export function writerOf(db: Database): string {
  return metaValue(db, 'writer');
}

function metaValue(db: Database, key: string): string {
  return db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key)!.value;
}

/**
 * `seq` is the order of arrival and never used twice. A batch is a range of it: sealing one writes one row and touches no attempt.
 * Timestamps are Unix ms, lists JSON.
 */
function createTables(db: Database): void {
  db.run(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE attempts (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      ${METRIC_NAMES.filter((name) => !ADDED_LATER.includes(name))
        .map(columnDefinition)
        .join(',\n      ')}
    ) STRICT;
    CREATE UNIQUE INDEX attempts_once ON attempts (attempt_id);
    CREATE UNIQUE INDEX one_final_per_probe ON attempts (probe_id) WHERE final = 1;
    CREATE INDEX attempts_by_cycle ON attempts (cycle_id);
    CREATE INDEX attempts_by_due ON attempts (cycle_timestamp_iso);
    CREATE INDEX csv_rows_by_due ON attempts (cycle_timestamp_iso) WHERE ${IS_CSV_ROW};

    CREATE TABLE bodies (
      seq INTEGER PRIMARY KEY REFERENCES attempts (seq) ON DELETE CASCADE,
      zstd BLOB NOT NULL
    ) STRICT;

    CREATE TABLE cycles (
      number INTEGER PRIMARY KEY,
      cycle_id TEXT NOT NULL UNIQUE,
      due_at_ms INTEGER NOT NULL,
      began_at_ms INTEGER,
      ended_at_ms INTEGER,
      skip_reason TEXT,
      skipped_at_ms INTEGER,
      plan TEXT,
      finish_number INTEGER UNIQUE
    ) STRICT;
    CREATE INDEX unfinished_cycles ON cycles (number) WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL;

    CREATE TABLE catalog_snapshots (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      fetched_at_ms INTEGER NOT NULL,
      catalog TEXT NOT NULL
    ) STRICT;

    CREATE TABLE targets (
      model_id TEXT NOT NULL,
      provider TEXT NOT NULL,
      seen_live_at_ms INTEGER NOT NULL,
      target TEXT NOT NULL,
      PRIMARY KEY (model_id, provider)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE batches (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      sealed_at_ms INTEGER NOT NULL,
      first_seq INTEGER NOT NULL UNIQUE,
      last_seq INTEGER NOT NULL UNIQUE,
      attempts INTEGER NOT NULL,
      finals INTEGER NOT NULL,
      first_cycle_at_ms INTEGER NOT NULL,
      last_cycle_at_ms INTEGER NOT NULL,
      finished_cycles INTEGER NOT NULL,
      sha256 TEXT,
      commit_url TEXT,
      pushed_at_ms INTEGER
    ) STRICT;
    CREATE INDEX unpushed_batches ON batches (number) WHERE pushed_at_ms IS NULL;

    CREATE TABLE pushed_days (
      day TEXT PRIMARY KEY,
      commit_url TEXT,
      pushed_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
  db.query(`INSERT INTO meta (key, value) VALUES ('writer', ?)`).run(randomUUID().replaceAll('-', '').slice(0, 12));
}

/** One row for each kind of moment; `number` is the order in which calibrations finished. */
function createCalibrations(db: Database): void {
  db.run(`
    CREATE TABLE calibrations (
      number INTEGER PRIMARY KEY,
      cycle_id TEXT NOT NULL,
      tracker_version TEXT NOT NULL,
      finished_at_ms INTEGER NOT NULL,
      clock_bound_ms REAL NOT NULL,
      moment TEXT NOT NULL,
      n INTEGER NOT NULL,
      p50_ms REAL,
      p99_ms REAL,
      max_ms REAL NOT NULL,
      UNIQUE (cycle_id, moment)
    ) STRICT;
  `);
}

/**
 * The CSV of a closed day is fixed when it is sealed: its rows up to `through_seq`. What comes later has a file of its own, from `after_seq`
 * on, so that a file is never other than it was. `pushed_days` has the names of those that are in the dataset.
 */
function createCsvFiles(db: Database): void {
  db.run(`
    CREATE TABLE csv_files (
      name TEXT PRIMARY KEY,
      day TEXT NOT NULL,
      after_seq INTEGER NOT NULL,
      through_seq INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO csv_files (name, day, after_seq, through_seq)
      SELECT day, day, 0, (SELECT coalesce(max(seq), 0) FROM attempts) FROM pushed_days;
  `);
}

/** Columns that the first version of the table had not. */
const ADDED_LATER: readonly ColumnName[] = ['answerValue', 'repeatedShare', 'feature', 'featureWorks'];

function addVerdictColumns(db: Database): void {
  for (const name of ADDED_LATER) db.run(`ALTER TABLE attempts ADD COLUMN ${columnDefinition(name)}`);
}

const SQL_TYPES = {
  text: 'TEXT',
  timestamp: 'INTEGER',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'INTEGER',
  numbers: 'TEXT',
  texts: 'TEXT',
} as const;

function columnDefinition(name: ColumnName): string {
  const { kind, nullable } = COLUMNS[name];
  return `${dataName(name)} ${SQL_TYPES[kind]}${nullable ? '' : ' NOT NULL'}`;
}
