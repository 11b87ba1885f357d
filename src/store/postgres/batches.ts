import type { Batch } from '../../domain/types.ts';
import type { BacklogReader, BatchStore } from '../../ports.ts';
import { BACKLOG, batchName, type Contents, MAX_RECORDS, UNPUSHED_BATCHES } from '../batches.ts';
import type { Client, Db } from './client.ts';
import { recordsAt } from './reader.ts';
import { markDays, sealing } from './sealing.ts';

/** What would go into the next batches, oldest first, with their numbers. */
const NEXT_CONTENTS = `
  SELECT (SELECT coalesce(max(number), 0) FROM batches) + 1 + place / ${MAX_RECORDS} AS number,
    count(*) AS attempts, sum(final) AS finals, min(seq) AS first_seq, max(seq) AS last_seq,
    min(cycle_timestamp_iso) AS first_cycle_at_ms, max(cycle_timestamp_iso) AS last_cycle_at_ms
  FROM (SELECT seq, final, cycle_timestamp_iso, row_number() OVER (ORDER BY seq) - 1 AS place FROM attempts
    WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM batches)) AS waiting
  GROUP BY place / ${MAX_RECORDS} ORDER BY 1`;

type NumberedContents = Contents & { readonly number: number };

/** Batches are ranges of arrival: each begins behind the one before it, and nothing that comes later has its place in one. */
export function createBatchStore(
  client: Client,
): Pick<BatchStore, 'seal' | 'recordsOf' | 'built' | 'pushed'> & BacklogReader {
  async function insertBatches(contents: readonly NumberedContents[], nowMs: number, db: Db): Promise<void> {
    await db.run(
      `INSERT INTO batches (number, name, sealed_at_ms, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms, finished_cycles)
       SELECT number, name, $1, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms,
         (SELECT coalesce(max(finish_number), 0) FROM cycles)
       FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
         AS given (number, name, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms)`,
      nowMs,
      contents.map(({ number }) => number),
      contents.map(({ number }) => batchName(nowMs, number)),
      contents.map(({ attempts }) => attempts),
      contents.map(({ finals }) => finals),
      contents.map(({ first_seq }) => first_seq),
      contents.map(({ last_seq }) => last_seq),
      contents.map(({ first_cycle_at_ms }) => first_cycle_at_ms),
      contents.map(({ last_cycle_at_ms }) => last_cycle_at_ms),
    );
  }

  return {
    async seal(nowMs) {
      await sealing(client, async (db) => {
        const contents = await db.all<NumberedContents>(NEXT_CONTENTS);
        if (contents.length > 0) await insertBatches(contents, nowMs, db);
      });
      return client.all<Batch>(UNPUSHED_BATCHES);
    },

    async *recordsOf(name) {
      const rows = await client.all<{ seq: number }>(
        `SELECT seq FROM attempts JOIN batches ON seq BETWEEN first_seq AND last_seq WHERE name = $1
         ORDER BY model_id COLLATE "C" NULLS FIRST, provider_name COLLATE "C" NULLS FIRST,
           coalesce(request_start_iso, scheduled_at_iso) NULLS FIRST, attempt_id COLLATE "C"`,
        name,
      );
      yield* recordsAt(
        client,
        rows.map(({ seq }) => seq),
      );
    },

    async built(name, sha256) {
      await client.run('UPDATE batches SET sha256 = $1 WHERE name = $2', sha256, name);
    },

    async pushed(names, days, commitUrl, atMs) {
      await sealing(client, async (db) => {
        // A day that was never sealed here is then closed as it stands.
        await db.run(
          `INSERT INTO csv_files (name, day, after_seq, through_seq)
           SELECT day, day, 0, (SELECT coalesce(max(seq), 0) FROM attempts) FROM unnest($1::text[]) AS day
           ON CONFLICT (name) DO NOTHING`,
          days,
        );
        await db.run(
          'UPDATE batches SET commit_url = $1, pushed_at_ms = $2 WHERE name = ANY($3::text[]) AND pushed_at_ms IS NULL',
          commitUrl,
          atMs,
          names,
        );
        await markDays(db, 'pushed_days', days, commitUrl, atMs);
      });
    },

    backlog: async () => (await client.first<{ records: number; oldestAtMs: number | null }>(BACKLOG))!,
  };
}
