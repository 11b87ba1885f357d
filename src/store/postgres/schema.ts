import { randomUUID } from 'node:crypto';
import { COLUMNS, type ColumnName, dataName } from '../../domain/record.ts';
import { LATENCY_NAMES } from '../../domain/rollup.ts';
import { StoreError } from '../errors.ts';
import { histogramColumn } from '../rollups.ts';
import { IS_CSV_ROW, METRIC_NAMES } from '../schema.ts';
import type { Client, Db } from './client.ts';
import { createFleetTables } from './fleet-tables.ts';

/** Advisory locks by what they guard: any program of ours on this database takes the same. */
export const LOCKS = {
  migrate: 7_860_001,
  /** Shared by those who append, alone for those who seal: whoever seals sees every attempt that has its place in the order of arrival. */
  arrival: 7_860_002,
  /** Cycles that finish are numbered one after the other. */
  finish: 7_860_003,
} as const;

/** Step n leads from version n to n + 1; a released step never changes. */
const MIGRATIONS: readonly ((db: Db) => Promise<void>)[] = [createTables];

/**
 * Brings the database up to this program's version: one program at a time, each step a transaction with the new version.
 *
 * @throws StoreError when the database is of a later version
 */
export async function migrate(client: Client): Promise<void> {
  for (let isCurrent = false; !isCurrent; ) {
    isCurrent = await client.transaction(async (db) => {
      await db.run('SELECT pg_advisory_xact_lock($1)', LOCKS.migrate);
      const version = await knownVersion(db);
      if (version === MIGRATIONS.length) return true;
      await MIGRATIONS[version]!(db);
      await db.run(
        `INSERT INTO meta (key, value) VALUES ('schema_version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        String(version + 1),
      );
      return version + 1 === MIGRATIONS.length;
    });
  }
}

/** For a role that may not migrate. @throws StoreError unless the database is of this program's version */
export async function requireCurrentVersion(db: Db): Promise<void> {
  if ((await knownVersion(db)) < MIGRATIONS.length) {
    throw new StoreError('the database at DATABASE_URL is not up to date: start a process that may change it first');
  }
}

/** 0 for an empty database. @throws StoreError when a later program wrote it */
async function knownVersion(db: Db): Promise<number> {
  const [[table]] = (await db.values(`SELECT to_regclass('meta')::text`)) as [[string | null]];
  if (table === null) return 0;
  const known = await db.first<{ value: string }>(`SELECT value FROM meta WHERE key = 'schema_version'`);
  const version = Number(known?.value ?? 0);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `the database at DATABASE_URL is of version ${version}, this program knows versions up to ${MIGRATIONS.length}; use the newer program`,
    );
  }
  return version;
}

/** Not imported from another writer, whose day files and rollups are its own. */
export const IS_OURS = `writer NOT IN (
  SELECT json_array_elements_text(value::json) FROM meta WHERE key = 'other_writers')`;

/** For `createAttemptReader`. */
export const IS_LISTED = 'attempt_id IN (SELECT json_array_elements_text($ids::text::json))';

/** For `createAttemptReader`: PostgreSQL would look at each row. What is sealed was counted then; what went of it since is counted as it goes. */
export const ATTEMPTS = `(
  SELECT (SELECT coalesce(sum(attempts), 0) FROM batches)
    - coalesce((SELECT value::bigint FROM meta WHERE key = 'sealed_and_gone'), 0)
    + (SELECT count(*) FROM attempts
      WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM batches) AND seq <= (SELECT max(seq) FROM attempts)))::bigint`;

/** For `createRollupReader`. */
export const OF_MODEL = `series_id IN (SELECT series_id FROM series WHERE model_id = $modelId) AND (at_ms, series_id) > ($atMs, $seriesId)`;

/** The id that was born with the database. */
export async function writerOf(db: Db): Promise<string> {
  return (await db.first<{ value: string }>(`SELECT value FROM meta WHERE key = 'writer'`))!.value;
}

/** As the local store's, with the same names. Times are Unix ms, lists JSON as text. */
async function createTables(db: Db): Promise<void> {
  const statements = `
    CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);

    CREATE TABLE attempts (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      ${METRIC_NAMES.map(columnDefinition).join(',\n      ')}
    );
    CREATE UNIQUE INDEX attempts_once ON attempts (attempt_id);
    CREATE UNIQUE INDEX one_final_per_probe ON attempts (probe_id) WHERE final = 1;
    CREATE INDEX attempts_by_cycle ON attempts (cycle_id);
    CREATE INDEX attempts_by_due ON attempts (cycle_timestamp_iso, seq);
    CREATE INDEX attempts_of_endpoint ON attempts (model_id, provider_name, cycle_timestamp_iso);
    CREATE INDEX csv_rows_by_due ON attempts (cycle_timestamp_iso) WHERE ${IS_CSV_ROW};

    CREATE TABLE bodies (
      seq bigint PRIMARY KEY REFERENCES attempts (seq) ON DELETE CASCADE,
      zstd bytea NOT NULL
    );

    CREATE TABLE cycles (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      cycle_id text NOT NULL UNIQUE,
      due_at_ms bigint NOT NULL,
      began_at_ms bigint,
      ended_at_ms bigint,
      skip_reason text,
      skipped_at_ms bigint,
      plan text,
      finish_number bigint UNIQUE
    );
    CREATE INDEX unfinished_cycles ON cycles (number) WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL;

    CREATE TABLE catalog_snapshots (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      fetched_at_ms bigint NOT NULL,
      catalog text NOT NULL
    );

    CREATE TABLE targets (
      model_id text NOT NULL,
      provider text NOT NULL,
      seen_live_at_ms bigint NOT NULL,
      target text NOT NULL,
      PRIMARY KEY (model_id, provider)
    );

    CREATE TABLE calibrations (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      cycle_id text NOT NULL,
      tracker_version text NOT NULL,
      finished_at_ms bigint NOT NULL,
      clock_bound_ms double precision NOT NULL,
      moment text NOT NULL,
      n bigint NOT NULL,
      p50_ms double precision,
      p99_ms double precision,
      max_ms double precision NOT NULL,
      UNIQUE (cycle_id, moment)
    );

    CREATE TABLE batches (
      number bigint PRIMARY KEY,
      name text NOT NULL UNIQUE,
      sealed_at_ms bigint NOT NULL,
      first_seq bigint NOT NULL UNIQUE,
      last_seq bigint NOT NULL UNIQUE,
      attempts bigint NOT NULL,
      finals bigint NOT NULL,
      first_cycle_at_ms bigint NOT NULL,
      last_cycle_at_ms bigint NOT NULL,
      finished_cycles bigint NOT NULL,
      sha256 text,
      commit_url text,
      pushed_at_ms bigint
    );
    CREATE INDEX unpushed_batches ON batches (number) WHERE pushed_at_ms IS NULL;

    CREATE TABLE csv_files (
      name text PRIMARY KEY,
      day text NOT NULL,
      after_seq bigint NOT NULL,
      through_seq bigint NOT NULL
    );
    CREATE TABLE pushed_days (day text PRIMARY KEY, commit_url text, pushed_at_ms bigint NOT NULL);

    CREATE TABLE ledger (
      day text NOT NULL,
      model_id text NOT NULL,
      provider text NOT NULL,
      known_attempts bigint NOT NULL,
      known_usd double precision NOT NULL,
      estimated_attempts bigint NOT NULL,
      estimated_usd double precision NOT NULL,
      PRIMARY KEY (day, model_id, provider)
    );

    CREATE TABLE series (
      series_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      location text NOT NULL,
      model_id text NOT NULL,
      provider text NOT NULL,
      question_id text NOT NULL,
      UNIQUE (location, model_id, provider, question_id)
    );
    CREATE TABLE rollups (
      span text NOT NULL,
      at_ms bigint NOT NULL,
      series_id bigint NOT NULL REFERENCES series (series_id),
      counts text NOT NULL,
      ${LATENCY_NAMES.map((name) => `${histogramColumn(name)} bytea`).join(',\n      ')},
      PRIMARY KEY (span, at_ms, series_id)
    );
    CREATE INDEX rollups_of_series ON rollups (series_id, span, at_ms);
    CREATE TABLE pushed_rollup_days (day text PRIMARY KEY, commit_url text, pushed_at_ms bigint NOT NULL);

    CREATE TABLE incidents (
      incident_id text PRIMARY KEY,
      kind text NOT NULL,
      started_at_ms bigint NOT NULL,
      ended_at_ms bigint,
      found text NOT NULL,
      acknowledged text,
      silenced text
    );
    CREATE INDEX incidents_by_start ON incidents (started_at_ms);
    CREATE INDEX open_incidents ON incidents (started_at_ms) WHERE ended_at_ms IS NULL;

    CREATE TABLE told_alarms (key text PRIMARY KEY, told text NOT NULL);
    CREATE TABLE notices (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      notice_id text NOT NULL UNIQUE,
      channel text NOT NULL,
      kind text NOT NULL,
      alarms text NOT NULL,
      created_at_ms bigint NOT NULL,
      tries bigint NOT NULL,
      next_at_ms bigint,
      last_failure text,
      sent_at_ms bigint
    );
    CREATE INDEX waiting_notices ON notices (channel, number) WHERE next_at_ms IS NOT NULL;
  `;
  for (const statement of statements.split(';').filter((text) => text.trim() !== '')) await db.run(statement);
  await createFleetTables(db);
  const writer = randomUUID().replaceAll('-', '').slice(0, 12);
  await db.run(`INSERT INTO meta (key, value) VALUES ('writer', $1)`, writer);
}

const SQL_TYPES = {
  text: 'text',
  timestamp: 'bigint',
  integer: 'bigint',
  number: 'double precision',
  boolean: 'smallint',
  numbers: 'text',
  texts: 'text',
} as const;

/** `ttft_ms double precision` */
export const columnWithType = (name: ColumnName) => `${dataName(name)} ${SQL_TYPES[COLUMNS[name].kind]}`;

const columnDefinition = (name: ColumnName) => `${columnWithType(name)}${COLUMNS[name].nullable ? '' : ' NOT NULL'}`;
