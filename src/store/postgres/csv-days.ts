import { DAY_MS, dayOf } from '../../domain/utc-day.ts';
import type { BatchStore } from '../../ports.ts';
import { CSV_FILES_TO_WRITE, filesToSeal, RUNNING_CYCLES, SEALED_DAYS, type SealedDay } from '../csv-days.ts';
import { IS_CSV_ROW } from '../schema.ts';
import type { Client, Db } from './client.ts';
import { recordsAt } from './reader.ts';
import { sealing } from './sealing.ts';

/** From day to day through the index, whatever the number of rows in each. */
const FIRST_OF_EACH_DAY = `
  WITH RECURSIVE firsts AS (
    SELECT min(cycle_timestamp_iso) AS at_ms FROM attempts WHERE cycle_timestamp_iso < $1 AND ${IS_CSV_ROW}
    UNION ALL
    SELECT (SELECT min(cycle_timestamp_iso) FROM attempts
      WHERE cycle_timestamp_iso >= (firsts.at_ms / ${DAY_MS} + 1) * ${DAY_MS} AND cycle_timestamp_iso < $1 AND ${IS_CSV_ROW})
    FROM firsts WHERE firsts.at_ms IS NOT NULL
  ) SELECT at_ms FROM firsts WHERE at_ms IS NOT NULL`;

/** Rows that came after the last sealing; at that one every sealed day was complete, so that older rows need no look. */
const LATE = `
  SELECT DISTINCT cycle_timestamp_iso AS at_ms FROM attempts
  WHERE seq > (SELECT coalesce(max(through_seq), 0) FROM csv_files) AND cycle_timestamp_iso < $1 AND ${IS_CSV_ROW}`;

/** The CSV of the dataset by the day on which the cycle was due. */
export function createCsvDays(
  client: Client,
): Pick<BatchStore, 'today' | 'daysToWrite' | 'csvRowsOfFile' | 'csvRowsOfDay'> {
  async function* rowsOfDay(day: string, afterSeq: number, throughSeq: number) {
    const rows = await client.all<{ seq: number }>(
      `SELECT seq FROM attempts
       WHERE cycle_timestamp_iso >= $1 AND cycle_timestamp_iso < $2 AND seq > $3 AND seq <= $4 AND ${IS_CSV_ROW}
       ORDER BY request_start_iso NULLS FIRST, attempt_id COLLATE "C"`,
      Date.parse(day),
      Date.parse(day) + DAY_MS,
      afterSeq,
      throughSeq,
    );
    yield* recordsAt(
      client,
      rows.map(({ seq }) => seq),
    );
  }

  return {
    async today(nowMs) {
      const last = await client.first<{ due_at_ms: number }>(
        'SELECT due_at_ms FROM cycles ORDER BY number DESC LIMIT 1',
      );
      return dayOf(Math.max(nowMs, last?.due_at_ms ?? nowMs));
    },

    async daysToWrite(today) {
      await sealing(client, async (db) => {
        const files = filesToSeal({
          sealed: await db.all<SealedDay>(SEALED_DAYS),
          late: await daysIn(db, LATE, Date.parse(today)),
          withRows: await daysIn(db, FIRST_OF_EACH_DAY, Date.parse(today)),
          running: await runningDays(db),
        });
        if (files.length === 0) return;
        await db.run(
          `INSERT INTO csv_files (name, day, after_seq, through_seq)
           SELECT name, day, after_seq, (SELECT max(seq) FROM attempts)
           FROM unnest($1::text[], $2::text[], $3::bigint[]) AS given (name, day, after_seq)`,
          files.map(({ name }) => name),
          files.map(({ day }) => day),
          files.map(({ afterSeq }) => afterSeq),
        );
      });
      return (await client.all<{ name: string }>(CSV_FILES_TO_WRITE)).map(({ name }) => name);
    },

    async *csvRowsOfFile(name) {
      const { day, after_seq, through_seq } = (await client.first<{
        day: string;
        after_seq: number;
        through_seq: number;
      }>('SELECT day, after_seq, through_seq FROM csv_files WHERE name = $1', name))!;
      yield* rowsOfDay(day, after_seq, through_seq);
    },

    csvRowsOfDay: (day) => rowsOfDay(day, 0, Number.MAX_SAFE_INTEGER),
  };
}

async function daysIn(db: Db, select: string, endMs: number): Promise<ReadonlySet<string>> {
  return new Set((await db.all<{ at_ms: number }>(select, endMs)).map(({ at_ms }) => dayOf(at_ms)));
}

/** Days with a cycle that may still bring rows. */
export async function runningDays(db: Db): Promise<ReadonlySet<string>> {
  return new Set((await db.all<{ due_at_ms: number }>(RUNNING_CYCLES)).map(({ due_at_ms }) => dayOf(due_at_ms)));
}
