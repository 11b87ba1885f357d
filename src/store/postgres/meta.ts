import type { MetaKey } from '../meta.ts';
import type { Db } from './client.ts';

export async function metaOf(db: Db, key: MetaKey): Promise<string | null> {
  return (await db.first<{ value: string }>('SELECT value FROM meta WHERE key = $1', key))?.value ?? null;
}

/** @param value null: forgotten */
export async function setMeta(db: Db, key: MetaKey, value: string | null): Promise<void> {
  if (value === null) await db.run('DELETE FROM meta WHERE key = $1', key);
  else {
    await db.run(
      'INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }
}

/** A mark that never goes back, also when the clock does. */
export async function raiseMark(db: Db, key: 'raw_since_ms' | 'bodies_since_ms', atMs: number): Promise<void> {
  await db.run(
    `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value
     WHERE meta.value::bigint < excluded.value::bigint`,
    key,
    String(atMs),
  );
}

/** A count; absent, it begins at 0. */
export async function addTo(db: Db, key: 'sealed_and_gone', n: number): Promise<void> {
  await db.run(
    `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = meta.value::bigint + excluded.value::bigint`,
    key,
    String(n),
  );
}
