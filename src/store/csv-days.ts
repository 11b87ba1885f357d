import type { Database } from 'bun:sqlite';
import { dayOf } from '../domain/utc-day.ts';
import type { BatchStore } from '../ports.ts';
import { recordsAt } from './reader.ts';
import { IS_CSV_ROW } from './schema.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Not imported from another writer, whose day files are its own. */
const IS_OURS = `writer NOT IN (SELECT value FROM json_each((SELECT value FROM meta WHERE key = 'other_writers')))`;

/** The closed days of the CSV in the dataset, by the due time of the cycle. */
export function createCsvDays(db: Database): Pick<BatchStore, 'daysToWrite' | 'csvRowsOfDay'> {
  return {
    daysToWrite(today) {
      const written = new Set(
        db
          .query<{ day: string }, []>('SELECT day FROM pushed_days')
          .all()
          .map(({ day }) => day),
      );
      const running = new Set(
        db
          .query<{ due_at_ms: number }, []>(
            'SELECT due_at_ms FROM cycles WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL',
          )
          .all()
          .map(({ due_at_ms }) => dayOf(due_at_ms)),
      );
      return [...daysWithRows(db, Date.parse(today))].filter((day) => !written.has(day) && !running.has(day));
    },

    csvRowsOfDay(day) {
      const rows = db
        .query<{ seq: number }, [number, number]>(
          `SELECT seq FROM attempts WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND ${IS_CSV_ROW} AND ${IS_OURS}
           ORDER BY request_start_iso, attempt_id`,
        )
        .all(Date.parse(day), Date.parse(day) + DAY_MS);
      return recordsAt(
        db,
        rows.map(({ seq }) => seq),
      );
    },
  };
}

/** From day to day through the index, whatever the number of rows in each. */
function* daysWithRows(db: Database, endMs: number): Iterable<string> {
  const next = db.query<{ dueAtMs: number | null }, [number, number]>(
    `SELECT min(cycle_timestamp_iso) AS dueAtMs FROM attempts
     WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND ${IS_CSV_ROW}`,
  );
  let fromMs = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const { dueAtMs } = next.get(fromMs, endMs)!;
    if (dueAtMs === null) return;
    const day = dayOf(dueAtMs);
    yield day;
    fromMs = Date.parse(day) + DAY_MS;
  }
}
