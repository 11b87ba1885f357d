import type { Database } from 'bun:sqlite';
import type { Batch } from '../domain/types.ts';
import type { BacklogReader, BatchStore } from '../ports.ts';
import { recordsAt } from './reader.ts';

export const MAX_RECORDS = 10_000;

/** As `Batch`es, oldest first. */
export const UNPUSHED_BATCHES = `
  SELECT name, sealed_at_ms AS "sealedAtMs", attempts, finals, first_cycle_at_ms AS "firstCycleAtMs",
    last_cycle_at_ms AS "lastCycleAtMs", sha256
  FROM batches WHERE pushed_at_ms IS NULL ORDER BY number`;

/**
 * As `BacklogReader` tells it. What is sealed was counted then; without the upper end PostgreSQL expects a third of all rows behind the last
 * batch, and looks through everything.
 */
export const BACKLOG = `
  SELECT CAST(sum(records) AS bigint) AS records, min(at_ms) AS "oldestAtMs" FROM (
    SELECT coalesce(sum(attempts), 0) AS records, min(first_cycle_at_ms) AS at_ms FROM batches WHERE pushed_at_ms IS NULL
    UNION ALL
    SELECT count(*), min(cycle_timestamp_iso) FROM attempts
    WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM batches) AND seq <= (SELECT max(seq) FROM attempts)
  ) AS waiting`;

/** What would go into the next batch. */
export interface Contents {
  readonly attempts: number;
  readonly finals: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_cycle_at_ms: number;
  readonly last_cycle_at_ms: number;
}

/** Batches are ranges of arrival without gaps: each begins where the one before it ends. */
export function createBatchStore(
  db: Database,
): Pick<BatchStore, 'seal' | 'recordsOf' | 'built' | 'pushed'> & BacklogReader {
  const seal = db.transaction((nowMs: number) => {
    for (;;) {
      const contents = nextContents();
      if (contents.attempts === 0) return;
      insertBatch(contents, nowMs);
    }
  });

  function nextContents(): Contents {
    return db
      .query<Contents, []>(
        `SELECT count(*) AS attempts, sum(final) AS finals, min(seq) AS first_seq, max(seq) AS last_seq,
           min(cycle_timestamp_iso) AS first_cycle_at_ms, max(cycle_timestamp_iso) AS last_cycle_at_ms
         FROM (SELECT seq, final, cycle_timestamp_iso FROM attempts
           WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM batches) ORDER BY seq LIMIT ${MAX_RECORDS})`,
      )
      .get()!;
  }

  function insertBatch(contents: Contents, nowMs: number): void {
    const { number } = db
      .query<{ number: number }, []>('SELECT coalesce(max(number), 0) + 1 AS number FROM batches')
      .get()!;
    db.query(
      `INSERT INTO batches (number, name, sealed_at_ms, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms, finished_cycles)
       VALUES ($number, $name, $nowMs, $attempts, $finals, $first_seq, $last_seq, $first_cycle_at_ms, $last_cycle_at_ms,
         (SELECT coalesce(max(finish_number), 0) FROM cycles))`,
    ).run({ ...contents, number, name: batchName(nowMs, number), nowMs });
  }

  const markPushed = db.transaction(
    (names: readonly string[], days: readonly string[], commitUrl: string | null, atMs: number) => {
      const markBatch = db.query(
        'UPDATE batches SET commit_url = ?, pushed_at_ms = ? WHERE name = ? AND pushed_at_ms IS NULL',
      );
      const markDay = db.query(
        'INSERT INTO pushed_days (day, commit_url, pushed_at_ms) VALUES (?, ?, ?) ON CONFLICT (day) DO NOTHING',
      );
      // A day that was never sealed here (an import) is then closed as it stands.
      const closeDay = db.query(
        `INSERT INTO csv_files (name, day, after_seq, through_seq)
         VALUES ($day, $day, 0, (SELECT coalesce(max(seq), 0) FROM attempts)) ON CONFLICT (name) DO NOTHING`,
      );
      for (const day of days) closeDay.run({ day });
      for (const name of names) markBatch.run(commitUrl, atMs, name);
      for (const day of days) markDay.run(day, commitUrl, atMs);
    },
  );

  return {
    async seal(nowMs) {
      seal.immediate(nowMs);
      return db.query<Batch, []>(UNPUSHED_BATCHES).all();
    },

    async *recordsOf(name) {
      const rows = db
        .query<{ seq: number }, [string]>(
          `SELECT seq FROM attempts JOIN batches ON seq BETWEEN first_seq AND last_seq WHERE name = ?
           ORDER BY model_id, provider_name, coalesce(request_start_iso, scheduled_at_iso), attempt_id`,
        )
        .all(name);
      yield* recordsAt(
        db,
        rows.map(({ seq }) => seq),
      );
    },

    async built(name, sha256) {
      db.query('UPDATE batches SET sha256 = ? WHERE name = ?').run(sha256, name);
    },

    pushed: async (names, days, commitUrl, atMs) => markPushed.immediate(names, days, commitUrl, atMs),

    backlog: async () => db.query<{ records: number; oldestAtMs: number | null }, []>(BACKLOG).get()!,
  };
}

/** `20260803T120000Z-000042`: unique by its number, sortable, and no word in it that the Hub takes for the name of a split. */
export function batchName(sealedAtMs: number, number: number): string {
  const stamp = new Date(sealedAtMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${String(number).padStart(6, '0')}`;
}
