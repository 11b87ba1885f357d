import type { Database } from 'bun:sqlite';
import type { BatchStore } from '../ports.ts';
import { recordsAt } from './reader.ts';
import { IS_CSV_ROW } from './schema.ts';

const DAY_MS = 24 * 3600 * 1000;

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
      const running = runningDays(db);
      return [...daysWithRows(db, Date.parse(today))].filter((day) => !written.has(day) && !running.has(day));
    },

    csvRowsOfDay(day) {
      const rows = db
        .query<{ seq: number }, [number, number]>(
          `SELECT seq FROM attempts WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND ${IS_CSV_ROW}
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

/** Days with a cycle that may still bring rows. */
export function runningDays(db: Database): ReadonlySet<string> {
  const running = db
    .query<{ due_at_ms: number }, []>(
      'SELECT due_at_ms FROM cycles WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL',
    )
    .all();
  return new Set(running.map(({ due_at_ms }) => dayOf(due_at_ms)));
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

const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
