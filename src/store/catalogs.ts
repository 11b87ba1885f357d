import type { Database } from 'bun:sqlite';
import type { Catalog, Target } from '../domain/types.ts';
import type { CatalogStore } from '../ports.ts';

/** The last good one is what counts; a few before it help to see what changed. */
export const SNAPSHOTS_KEPT = 5;

export function createCatalogStore(db: Database): CatalogStore {
  const save = db.transaction((catalog: Catalog) => {
    const { lastInsertRowid } = db
      .query('INSERT INTO catalog_snapshots (fetched_at_ms, catalog) VALUES (?, ?)')
      .run(catalog.fetchedAtMs, JSON.stringify(catalog));
    db.query('DELETE FROM catalog_snapshots WHERE number <= ?').run(Number(lastInsertRowid) - SNAPSHOTS_KEPT);
    const upsert = db.query(
      `INSERT INTO targets (model_id, provider, seen_live_at_ms, target) VALUES (?, ?, ?, ?)
       ON CONFLICT (model_id, provider) DO UPDATE SET seen_live_at_ms = excluded.seen_live_at_ms, target = excluded.target`,
    );
    for (const target of catalog.targets) {
      upsert.run(target.modelId, target.provider, catalog.fetchedAtMs, JSON.stringify(target));
    }
  });

  /** It is asked for with every page, and to read a thousand targets takes milliseconds. */
  let read: { readonly number: number; readonly catalog: Catalog } | null = null;

  return {
    save: async (catalog) => save.immediate(catalog),

    async lastGood() {
      const last = db.query<{ number: number | null }, []>('SELECT max(number) AS number FROM catalog_snapshots').get();
      const number = last?.number ?? null;
      if (number === null) return null;
      if (read?.number !== number) {
        const text = db
          .query<{ catalog: string }, [number]>('SELECT catalog FROM catalog_snapshots WHERE number = ?')
          .get(number);
        read = text && { number, catalog: JSON.parse(text.catalog) as Catalog };
      }
      return read?.catalog ?? null;
    },

    async seenLiveSince(sinceMs) {
      return db
        .query<{ target: string }, [number]>(
          'SELECT target FROM targets WHERE seen_live_at_ms >= ? ORDER BY model_id, provider',
        )
        .all(sinceMs)
        .map(({ target }) => JSON.parse(target) as Target);
    },
  };
}
