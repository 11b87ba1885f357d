import type { Catalog, Target } from '../../domain/types.ts';
import type { CatalogStore } from '../../ports.ts';
import { SNAPSHOTS_KEPT } from '../catalogs.ts';
import type { Client } from './client.ts';
import { storableJson } from './texts.ts';

export function createCatalogStore(client: Client): CatalogStore {
  /** It is asked for with every page, and is long. */
  let read: { readonly number: number; readonly catalog: Catalog } | null = null;

  return {
    async save(catalog) {
      // One row each, and in one order: two that save at once do not wait for each other crosswise.
      const byKey = new Map(catalog.targets.map((target) => [storableJson([target.modelId, target.provider]), target]));
      const targets = [...byKey.keys()].sort().map((key) => byKey.get(key)!);
      await client.transaction(async (db) => {
        await db.run(
          'INSERT INTO catalog_snapshots (fetched_at_ms, catalog) VALUES ($1, $2)',
          catalog.fetchedAtMs,
          JSON.stringify(catalog),
        );
        await db.run(
          `DELETE FROM catalog_snapshots
           WHERE number NOT IN (SELECT number FROM catalog_snapshots ORDER BY number DESC LIMIT ${SNAPSHOTS_KEPT})`,
        );
        await db.run(
          `INSERT INTO targets (model_id, provider, seen_live_at_ms, target)
           SELECT model_id, provider, $4, target FROM unnest($1::text[], $2::text[], $3::text[]) AS given (model_id, provider, target)
           ON CONFLICT (model_id, provider) DO UPDATE SET seen_live_at_ms = excluded.seen_live_at_ms, target = excluded.target`,
          targets.map(({ modelId }) => modelId),
          targets.map(({ provider }) => provider),
          targets.map((target) => JSON.stringify(target)),
          catalog.fetchedAtMs,
        );
      });
    },

    async lastGood() {
      const last = await client.first<{ number: number; catalog: string | null }>(
        `SELECT number, CASE WHEN number <> $1 THEN catalog END AS catalog FROM catalog_snapshots ORDER BY number DESC LIMIT 1`,
        read?.number ?? 0,
      );
      if (last === null) return null;
      if (last.catalog !== null) read = { number: last.number, catalog: JSON.parse(last.catalog) as Catalog };
      return read!.catalog;
    },

    async seenLiveSince(sinceMs) {
      const rows = await client.all<{ target: string }>(
        'SELECT target FROM targets WHERE seen_live_at_ms >= $1 ORDER BY model_id COLLATE "C", provider COLLATE "C"',
        sinceMs,
      );
      return rows.map(({ target }) => JSON.parse(target) as Target);
    },
  };
}
