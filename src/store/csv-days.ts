import type { Database } from 'bun:sqlite';
import { DAY_MS, dayOf } from '../domain/utc-day.ts';
import type { BatchStore } from '../ports.ts';
import { recordsAt } from './reader.ts';
import { IS_CSV_ROW, IS_OURS } from './schema.ts';

/** What of a day's CSV is sealed: all rows that came up to a place in the order of arrival, in so many files. */
export interface SealedDay {
  readonly day: string;
  readonly files: number;
  readonly through_seq: number;
}

export const SEALED_DAYS = 'SELECT day, count(*) AS files, max(through_seq) AS through_seq FROM csv_files GROUP BY day';
export const CSV_FILES_TO_WRITE =
  'SELECT name FROM csv_files WHERE name NOT IN (SELECT day FROM pushed_days) ORDER BY day, through_seq';
export const RUNNING_CYCLES = 'SELECT due_at_ms FROM cycles WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL';

/**
 * The files that seal what is stored by now: what came late to days that were sealed before, and days that closed since.
 *
 * @param days `late`: of rows that came after the last sealing; `withRows`: all before today; `running`: of cycles that may still bring rows
 */
export function filesToSeal(days: {
  readonly sealed: readonly SealedDay[];
  readonly late: Iterable<string>;
  readonly withRows: Iterable<string>;
  readonly running: ReadonlySet<string>;
}): readonly { readonly name: string; readonly day: string; readonly afterSeq: number }[] {
  const sealed = new Map(days.sealed.map((day) => [day.day, day]));
  const late = [...days.late]
    .map((day) => sealed.get(day))
    .filter((before) => before !== undefined)
    .map(({ day, files, through_seq }) => ({ name: `${day}-${files + 1}`, day, afterSeq: through_seq }));
  const closed = [...days.withRows]
    .filter((day) => !sealed.has(day) && !days.running.has(day))
    .map((day) => ({ name: day, day, afterSeq: 0 }));
  return [...late, ...closed];
}

/** The CSV of the dataset by the day on which the cycle was due. */
export function createCsvDays(
  db: Database,
): Pick<BatchStore, 'today' | 'daysToWrite' | 'csvRowsOfFile' | 'csvRowsOfDay'> {
  const seal = db.transaction((today: string) => {
    const { seq } = db.query<{ seq: number }, []>('SELECT coalesce(max(seq), 0) AS seq FROM attempts').get()!;
    const insert = db.query('INSERT INTO csv_files (name, day, after_seq, through_seq) VALUES (?, ?, ?, ?)');
    const files = filesToSeal({
      sealed: db.query<SealedDay, []>(SEALED_DAYS).all(),
      late: daysOfLateRows(db, Date.parse(today)),
      withRows: daysWithRows(db, Date.parse(today)),
      running: runningDays(db),
    });
    for (const { name, day, afterSeq } of files) insert.run(name, day, afterSeq, seq);
  });

  function rowsOfDay(day: string, afterSeq: number, throughSeq: number) {
    const rows = db
      .query<{ seq: number }, [number, number, number, number]>(
        `SELECT seq FROM attempts WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND seq > ? AND seq <= ?
           AND ${IS_CSV_ROW} AND ${IS_OURS} ORDER BY request_start_iso, attempt_id`,
      )
      .all(Date.parse(day), Date.parse(day) + DAY_MS, afterSeq, throughSeq);
    return recordsAt(
      db,
      rows.map(({ seq }) => seq),
    );
  }

  return {
    async today(nowMs) {
      const last = db
        .query<{ due_at_ms: number }, []>('SELECT due_at_ms FROM cycles ORDER BY number DESC LIMIT 1')
        .get();
      return dayOf(Math.max(nowMs, last?.due_at_ms ?? nowMs));
    },

    async daysToWrite(today) {
      seal.immediate(today);
      return db
        .query<{ name: string }, []>(CSV_FILES_TO_WRITE)
        .all()
        .map(({ name }) => name);
    },

    async *csvRowsOfFile(name) {
      const { day, after_seq, through_seq } = db
        .query<{ day: string; after_seq: number; through_seq: number }, [string]>(
          'SELECT day, after_seq, through_seq FROM csv_files WHERE name = ?',
        )
        .get(name)!;
      yield* rowsOfDay(day, after_seq, through_seq);
    },

    async *csvRowsOfDay(day) {
      yield* rowsOfDay(day, 0, Number.MAX_SAFE_INTEGER);
    },
  };
}

/** Days with a cycle that may still bring rows. */
export function runningDays(db: Database): ReadonlySet<string> {
  const running = db.query<{ due_at_ms: number }, []>(RUNNING_CYCLES).all();
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

/**
 * Days of rows that came after the last sealing; at that one every sealed day was complete, so that older rows need no look.
 * There are at most a day's rows of them.
 */
function daysOfLateRows(db: Database, endMs: number): ReadonlySet<string> {
  const late = db
    .query<{ due_at_ms: number }, [number]>(
      `SELECT DISTINCT cycle_timestamp_iso AS due_at_ms FROM attempts NOT INDEXED
       WHERE seq > (SELECT coalesce(max(through_seq), 0) FROM csv_files) AND cycle_timestamp_iso < ? AND ${IS_CSV_ROW}`,
    )
    .all(endMs);
  return new Set(late.map(({ due_at_ms }) => dayOf(due_at_ms)));
}
