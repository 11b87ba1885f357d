import type { Database } from 'bun:sqlite';
import { dataName } from '../domain/record.ts';
import { bucketAtMs, COUNTED_NAMES, SPAN_MS } from '../domain/rollup.ts';
import { RollupSums, SPANS, saveRollups } from './rollups.ts';
import { countedOf } from './rows.ts';
import { IS_OURS } from './schema.ts';

/** In `meta` while a rebuild is under way: Unix ms up to which rollups are what the attempts say. */
const REBUILT_TO = 'rollups_rebuilt_to_ms';
/** In `meta` once attempts were deleted for their age: Unix ms from which on, by the due time of its cycle, every attempt is still there. */
const RAW_SINCE = 'raw_since_ms';

/**
 * Makes the rollups what the attempts say, one UTC day a transaction, oldest first; what of a day is wrong, missing or too much is right afterwards.
 * Rows imported from other writers are not in them: those have rollups of their own in the dataset.
 * One that was interrupted goes on where it stopped. Days that lost attempts to retention keep the rollups they have: nothing could give them again.
 *
 * @returns each day that is done; between two of them the store is whole, and others may read and append
 */
export function* rebuildRollups(db: Database): Generator<string> {
  if (readMeta(db, REBUILT_TO) === null) orderRebuild(db);
  yield* finishRebuild(db);
}

/** The next opening of the store makes all rollups anew. */
function orderRebuild(db: Database): void {
  writeMeta(db, REBUILT_TO, Number.MIN_SAFE_INTEGER);
}

/** Goes on with a rebuild that a migration began, or that was interrupted; nothing to do otherwise. */
export function* finishRebuild(db: Database): Generator<string> {
  const step = db.transaction(rebuildNextDay);
  while (readMeta(db, REBUILT_TO) !== null) {
    const day = step.immediate(db);
    if (day !== null) yield day;
  }
}

/** @returns null when none was left, and the rebuild is over */
function rebuildNextDay(db: Database): string | null {
  const rebuiltToMs = readMeta(db, REBUILT_TO)!;
  const rawSinceMs = readMeta(db, RAW_SINCE);
  const fromMs = rawSinceMs === null ? rebuiltToMs : Math.max(rebuiltToMs, firstDayFrom(rawSinceMs));
  const { dueAtMs } = db
    .query<{ dueAtMs: number | null }, [number]>(
      'SELECT min(cycle_timestamp_iso) AS dueAtMs FROM attempts WHERE cycle_timestamp_iso >= ?',
    )
    .get(fromMs)!;
  if (dueAtMs === null) {
    deleteBetween(db, fromMs, Number.MAX_SAFE_INTEGER);
    db.query('DELETE FROM meta WHERE key = ?').run(REBUILT_TO);
    return null;
  }
  const dayAtMs = bucketAtMs('day', dueAtMs);
  const endMs = dayAtMs + SPAN_MS.day;
  const rollups = new RollupSums();
  const select = db.query<Record<string, unknown>, [number, number]>(
    `SELECT ${COUNTED_NAMES.map(dataName)} FROM attempts
     WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND ${IS_OURS}`,
  );
  for (const row of select.iterate(dayAtMs, endMs)) rollups.add(countedOf(Object.values(row)));
  deleteBetween(db, fromMs, endMs);
  saveRollups(db, rollups);
  writeMeta(db, REBUILT_TO, endMs);
  return new Date(dayAtMs).toISOString().slice(0, 10);
}

function deleteBetween(db: Database, fromMs: number, untilMs: number): void {
  const remove = db.query('DELETE FROM rollups WHERE span = ? AND at_ms >= ? AND at_ms < ?');
  for (const span of SPANS) remove.run(span, fromMs, untilMs);
}

const firstDayFrom = (atMs: number) => Math.ceil(atMs / SPAN_MS.day) * SPAN_MS.day;

function readMeta(db: Database, key: string): number | null {
  const row = db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key);
  return row && Number(row.value);
}

function writeMeta(db: Database, key: string, value: number): void {
  db.query('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(
    key,
    String(value),
  );
}
