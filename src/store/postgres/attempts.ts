import { type AttemptRecord, dataName } from '../../domain/record.ts';
import type { AttemptStore } from '../../ports.ts';
import { rowOf } from '../rows.ts';
import { METRIC_NAMES } from '../schema.ts';
import { createSharedCommits } from '../shared-commits.ts';
import type { Client, Db } from './client.ts';
import { book } from './ledger.ts';
import { saveRollups } from './rollups.ts';
import { columnWithType, LOCKS } from './schema.ts';
import { storableText } from './texts.ts';
import { isUnreachable } from './unreachable.ts';

export function createAttemptStore(
  client: Client,
): AttemptStore & { /** Commits what waits, now. */ flush(): Promise<void> } {
  return createSharedCommits<AttemptRecord>(async (records) => {
    await client.transaction((db) => insertRecords(db, records));
  }, isUnreachable);
}

const COLUMNS = METRIC_NAMES.map(dataName);

/** Rows of one statement: some megabytes. */
const PAGE = 1000;

/** Rows come as one JSON text, so that a statement is the same for any number of them, and get their `seq` in the order given. */
const INSERT = `
  WITH given AS (
    SELECT * FROM ROWS FROM (json_to_recordset($1::text::json) AS (${METRIC_NAMES.map(columnWithType)}), unnest($2::bytea[]))
      WITH ORDINALITY AS given (${COLUMNS}, zstd, place)
  ), stored AS (
    INSERT INTO attempts (${COLUMNS}) SELECT ${COLUMNS} FROM given ORDER BY place
    ON CONFLICT (attempt_id) DO NOTHING RETURNING seq, attempt_id
  ), with_bodies AS (
    INSERT INTO bodies (seq, zstd) SELECT seq, zstd FROM stored JOIN given USING (attempt_id) WHERE zstd IS NOT NULL
  )
  SELECT attempt_id FROM stored`;

/**
 * Part of a transaction that is open, the ledger and the rollups included; an attempt that is already there is left as it is, and not counted again.
 *
 * @param isOurs ledger and rollups are of what this fleet asked itself
 * @returns the ids of those that were not there yet
 */
export async function insertRecords(
  db: Db,
  records: readonly AttemptRecord[],
  isOurs: (record: AttemptRecord) => boolean = () => true,
): Promise<ReadonlySet<string>> {
  const stored = new Set<string>();
  if (records.length === 0) return stored;
  const once = firstOfEach(records);
  const locked = db.run('SELECT pg_advisory_xact_lock_shared($1)', LOCKS.arrival); // ahead of the rows, on the same connection
  for (let at = 0; at < once.length; at += PAGE) {
    const [ids] = await Promise.all([insertPage(db, once.slice(at, at + PAGE)), locked]);
    for (const attemptId of ids) stored.add(attemptId);
  }
  const added = once.filter((record) => stored.has(record.attemptId) && isOurs(record));
  await book(db, added);
  await saveRollups(db, added);
  return stored;
}

const firstOfEach = (records: readonly AttemptRecord[]) =>
  Map.groupBy(records, ({ attemptId }) => attemptId)
    .values()
    .map(([first]) => first!)
    .toArray();

async function insertPage(db: Db, records: readonly AttemptRecord[]): Promise<readonly string[]> {
  const rows = records.map(rowOf);
  const objects = rows.map(({ metrics }) =>
    Object.fromEntries(
      metrics.map((value, i) => [COLUMNS[i], typeof value === 'string' ? storableText(value) : value]),
    ),
  );
  const bodies = rows.map((row) => row.bodies);
  const stored = await db.values(INSERT, JSON.stringify(objects), bodies);
  return stored.map(([attemptId]) => attemptId as string);
}
