import type { Client, Db } from './client.ts';
import { LOCKS } from './schema.ts';

/**
 * A transaction in which nobody appends: whatever is stored when `work` begins is all that there will ever be up to the highest `seq`.
 * It waits for appends that are under way, and those that come after wait for it: `work` is short.
 */
export function sealing<T>(client: Client, work: (db: Db) => Promise<T>): Promise<T> {
  return client.transaction(async (db) => {
    await db.run('SELECT pg_advisory_xact_lock($1)', LOCKS.arrival);
    return work(db);
  });
}

/** These days are in the dataset; one that was marked before stays as it was. */
export async function markDays(
  db: Db,
  table: 'pushed_days' | 'pushed_rollup_days',
  days: readonly string[],
  commitUrl: string | null,
  atMs: number,
): Promise<void> {
  await db.run(
    `INSERT INTO ${table} (day, commit_url, pushed_at_ms) SELECT day, $1, $2 FROM unnest($3::text[]) AS day
     ON CONFLICT (day) DO NOTHING`,
    commitUrl,
    atMs,
    days,
  );
}
