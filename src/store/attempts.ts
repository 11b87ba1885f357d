import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { type AttemptRecord, dataName } from '../domain/record.ts';
import type { AttemptStore } from '../ports.ts';
import { booking } from './ledger.ts';
import { newRollupBatch } from './rollups.ts';
import { type Row, rowOf } from './rows.ts';
import { METRIC_NAMES } from './schema.ts';

interface Entry extends Row {
  readonly record: AttemptRecord;
}

/** An append whose promise is still open. */
interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Appends that arrive in one turn of the event loop share one commit, since a commit costs a wait for the disk and a row next to nothing. */
export function createAttemptStore(db: Database): AttemptStore & { /** Commits what waits, now. */ flush(): void } {
  const insertAll = insertion(db);
  let waiting: Waiting[] = [];

  function flush(): void {
    const calls = waiting;
    waiting = [];
    if (calls.length > 0) commit(calls);
  }

  function commit(calls: readonly Waiting[]): void {
    try {
      insertAll(calls.flatMap(({ entries }) => entries));
    } catch (error) {
      if (calls.length === 1) calls[0]!.reject(error);
      else for (const call of calls) commit([call]); // what one call brought must not fail the others
      return;
    }
    for (const { resolve } of calls) resolve();
  }

  return {
    flush,
    async append(records) {
      if (records.length === 0) return;
      const entries = records.map((record) => ({ ...rowOf(record), record }));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ entries, resolve, reject });
      return promise;
    },
  };
}

/**
 * One transaction, or part of one that is open, the ledger and the rollups included; an attempt that is already there is left as it is, and not
 * counted again.
 *
 * @param isOurs ledger and rollups are of what this store asked itself
 */
export function insertion(
  db: Database,
  isOurs: (record: AttemptRecord) => boolean = () => true,
): (entries: readonly Entry[]) => void {
  const columns = METRIC_NAMES.map(dataName);
  const insertAttempt = db.prepare<unknown, SQLQueryBindings[]>(
    `INSERT INTO attempts (${columns}) VALUES (${columns.map(() => '?')}) ON CONFLICT (attempt_id) DO NOTHING`,
  );
  const insertBodies = db.prepare('INSERT INTO bodies (seq, zstd) VALUES (?, ?)');
  const beginBooking = booking(db);
  return db.transaction((entries: readonly Entry[]) => {
    const bookings = beginBooking();
    const rollups = newRollupBatch(db);
    for (const { metrics, bodies, record } of entries) {
      const { changes, lastInsertRowid } = insertAttempt.run(...metrics);
      if (changes === 0) continue;
      if (bodies !== null) insertBodies.run(lastInsertRowid, bodies);
      if (!isOurs(record)) continue;
      bookings.add(record);
      rollups.add(record);
    }
    bookings.save();
    rollups.save();
  }).immediate;
}
