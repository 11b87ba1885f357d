import type { Database } from 'bun:sqlite';
import { DAY_MS } from '../domain/utc-day.ts';
import { recordsBetween, type StoredRecord } from './reader.ts';
import { IS_CSV_ROW } from './schema.ts';

/** CSV rows of the store that a file shows. Rows join at the end; when rows leave, the edition changes. */
export interface CsvView {
  edition(): string;
  /** In order of arrival, those that came after `seq`; from 0 all of them. */
  rowsAfter(seq: number): Iterable<StoredRecord>;
}

/** What is in no pushed batch. @param pushes how often batches were marked as pushed */
export function unpushedRows(db: Database, pushes: () => number): CsvView {
  return {
    edition: () => `push ${pushes()}`,
    *rowsAfter(seq) {
      for (const { first, last } of unpushedRanges(db)) {
        yield* recordsBetween(db, Math.max(first, seq + 1), last, IS_CSV_ROW);
      }
    },
  };
}

/** The batches that wait, and behind the last batch whatever is in none yet. */
function unpushedRanges(db: Database): readonly { first: number; last: number }[] {
  const waiting = db
    .query<{ first: number; last: number }, []>(
      'SELECT first_seq AS first, last_seq AS last FROM batches WHERE pushed_at_ms IS NULL ORDER BY number',
    )
    .all();
  const { sealed } = db
    .query<{ sealed: number }, []>('SELECT coalesce(max(last_seq), 0) AS sealed FROM batches')
    .get()!;
  return [...waiting, { first: sealed + 1, last: Number.MAX_SAFE_INTEGER }];
}

/** Cycles due today or yesterday (UTC). */
export function rowsOfLastTwoDays(db: Database, nowMs: () => number): CsvView {
  const sinceMs = () => (Math.floor(nowMs() / DAY_MS) - 1) * DAY_MS;
  return {
    edition: () => `since ${sinceMs()}`,
    *rowsAfter(seq) {
      const condition = `cycle_timestamp_iso >= ${sinceMs()} AND ${IS_CSV_ROW}`;
      const first = seq > 0 ? seq + 1 : firstDueSince(db, sinceMs());
      yield* recordsBetween(db, first, Number.MAX_SAFE_INTEGER, condition);
    },
  };
}

/** Without the index named, SQLite would walk through all that is older. */
function firstDueSince(db: Database, sinceMs: number): number {
  const { first } = db
    .query<{ first: number | null }, [number]>(
      'SELECT min(seq) AS first FROM attempts INDEXED BY attempts_by_due WHERE cycle_timestamp_iso >= ?',
    )
    .get(sinceMs)!;
  return first ?? Number.MAX_SAFE_INTEGER;
}
