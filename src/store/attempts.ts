import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { type AttemptRecord, dataName } from '../domain/record.ts';
import type { AttemptStore } from '../ports.ts';
import { book } from './ledger.ts';
import { rollupsOf, saveRollups } from './rollups.ts';
import { type Row, rowOf } from './rows.ts';
import { METRIC_NAMES } from './schema.ts';
import { createSharedCommits } from './shared-commits.ts';

interface Entry extends Row {
  readonly record: AttemptRecord;
}

export function createAttemptStore(
  db: Database,
): AttemptStore & { /** Commits what waits, now. */ flush(): Promise<void> } {
  const { append, flush } = createSharedCommits(insertion(db));
  return { flush, append: async (records) => append(records.map((record) => ({ ...rowOf(record), record }))) };
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
  return db.transaction((entries: readonly Entry[]) => {
    const added: AttemptRecord[] = [];
    for (const { metrics, bodies, record } of entries) {
      const { changes, lastInsertRowid } = insertAttempt.run(...metrics);
      if (changes === 0) continue;
      if (bodies !== null) insertBodies.run(lastInsertRowid, bodies);
      if (isOurs(record)) added.push(record);
    }
    book(db, added);
    saveRollups(db, rollupsOf(added));
  }).immediate;
}
