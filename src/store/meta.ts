import type { Database } from 'bun:sqlite';

/** What the store remembers about itself, besides its version and its writer. */
export type MetaKey =
  /** Unix ms: attempts of cycles due before it may be gone. Absent: all are there. */
  | 'raw_since_ms'
  /** Unix ms: bodies of cycles due before it may be gone. Absent: all are there. */
  | 'bodies_since_ms'
  /** In the shared store, how many attempts of sealed batches are gone. Absent: none. */
  | 'sealed_and_gone'
  /** There while an import is under way. */
  | 'importing'
  /** JSON list of the writers whose rows were imported beside our own. */
  | 'other_writers'
  /** Unix ms: the due time up to which incidents seen from that place were looked for. Absent: never. */
  | `judged_until_ms ${string}`
  /** There once alarms were looked at. */
  | 'alerting';

export function metaOf(db: Database, key: MetaKey): string | null {
  return db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? null;
}

/** @param value null: forgotten */
export function setMeta(db: Database, key: MetaKey, value: string | null): void {
  if (value === null) db.query('DELETE FROM meta WHERE key = ?').run(key);
  else {
    db.query('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(
      key,
      value,
    );
  }
}

/** A mark that never goes back, also when the clock does. */
export function raiseMark(db: Database, key: 'raw_since_ms' | 'bodies_since_ms', atMs: number): void {
  if (atMs > Number(metaOf(db, key) ?? -Infinity)) setMeta(db, key, String(atMs));
}
