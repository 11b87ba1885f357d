import type { FleetStore } from '../../ports.ts';
import type { Client, Db } from './client.ts';
import { NOW_MS, WORKER_LOCK } from './fleet-tables.ts';
import { storableText } from './texts.ts';

/** A connection of one's own, on which a worker says that it is there; the lock on it says so as long as the connection lives. */
export function createPresence(client: Client): Pick<FleetStore, 'announce'> & { end(): Promise<void> } {
  let held: (Db & Disposable & { number?: number }) | null = null;

  async function leave(): Promise<void> {
    const db = held;
    held = null;
    if (db === null) return;
    try {
      await db.run('SELECT pg_advisory_unlock_all()');
    } catch {
      // the connection is gone, and the lock with it
    } finally {
      db[Symbol.dispose]();
    }
  }

  return {
    end: leave,
    async announce({ workerId, location, trackerVersion, slots, clockAheadMs, waiting }, leases): Promise<void> {
      held ??= await client.reserve();
      try {
        const { number } = (await held.first<{ number: number }>(
          `INSERT INTO workers
             (worker_id, location, tracker_version, slots, clock_ahead_ms, waiting, first_seen_ms, last_seen_ms)
           SELECT $1, $2, $3, $4, $5, $6, now_ms, now_ms FROM (SELECT ${NOW_MS} AS now_ms) AS clock
           ON CONFLICT (worker_id) DO UPDATE SET
             location = excluded.location, tracker_version = excluded.tracker_version, slots = excluded.slots,
             clock_ahead_ms = excluded.clock_ahead_ms, waiting = excluded.waiting, last_seen_ms = excluded.last_seen_ms
           RETURNING number`,
          ...[workerId, storableText(location), trackerVersion, slots, clockAheadMs, waiting],
        ))!;
        if (held.number !== number) await held.run('SELECT pg_advisory_lock_shared($1, $2)', WORKER_LOCK, number);
        held.number = number;
        if (leases !== undefined) await freeAllBut(leases, number, held);
      } catch (error) {
        await leave();
        throw error;
      }
    },
  };
}

/** Leases that ran out and that the worker does not know of: the answer to its claim was lost. */
async function freeAllBut(leases: readonly number[], worker: number, db: Db): Promise<void> {
  await db.run(
    `DELETE FROM slots WHERE lease_id IN (
       SELECT lease_id FROM slots
       WHERE worker = $1 AND until_ms <= ${NOW_MS} AND lease_id <> ALL ($2::bigint[]) ORDER BY lease_id FOR UPDATE
     )`,
    worker,
    leases,
  );
}
