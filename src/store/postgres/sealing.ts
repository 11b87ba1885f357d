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
