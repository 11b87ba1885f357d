import { type PricedModel, roundedUsd, type Spending, spendingOf } from '../../domain/money.ts';
import type { AttemptRecord } from '../../domain/record.ts';
import { bookingsOf, COST_PLACE } from '../ledger.ts';
import type { Db } from './client.ts';
import { withStorableKeys } from './texts.ts';

/** Rows are taken in one order by everybody, so that two who add at once wait for each other at most once. */
const ADD = `
  INSERT INTO ledger (day, model_id, provider, known_attempts, known_usd, estimated_attempts, estimated_usd)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::float8[], $6::bigint[], $7::float8[])
    AS added (day, model_id, provider) ORDER BY day, model_id, provider
  ON CONFLICT (day, model_id, provider) DO UPDATE SET
    known_attempts = ledger.known_attempts + excluded.known_attempts,
    known_usd = ledger.known_usd + excluded.known_usd,
    estimated_attempts = ledger.estimated_attempts + excluded.estimated_attempts,
    estimated_usd = ledger.estimated_usd + excluded.estimated_usd`;

/** Adds to the ledger what attempts cost. Call it once for each attempt, in a transaction. */
export async function book(db: Db, records: readonly AttemptRecord[]): Promise<void> {
  const catalogue = records.some(isEstimated) ? await currentTargets(db) : [];
  const bookings = bookingsOf(records.map(withStorableKeys), () => catalogue);
  if (bookings.length === 0) return;
  await db.run(ADD, ...bookings[0]!.map((_, column) => bookings.map((booking) => booking[column]!)));
}

const isEstimated = (record: AttemptRecord) => spendingOf(record, () => [])?.knownUsd === null;

export function createLedger(db: Db) {
  return {
    async spentOn(day: string): Promise<Spending> {
      const { knownUsd, estimatedUsd } = (await db.first<Spending>(
        `SELECT coalesce(sum(known_usd), 0) AS "knownUsd", coalesce(sum(estimated_usd), 0) AS "estimatedUsd"
         FROM ledger WHERE day = $1`,
        day,
      ))!;
      return { knownUsd: roundedUsd(knownUsd), estimatedUsd: roundedUsd(estimatedUsd) };
    },

    costsSince(day: string) {
      return db.all<{ modelId: string; provider: string; usd: number }>(
        `WITH known AS (
           SELECT model_id, provider, (counts::json #>> '{totals,${COST_PLACE},0}')::float8 AS n,
             (counts::json #>> '{totals,${COST_PLACE},1}')::float8 AS pico_usd
           FROM rollups JOIN series USING (series_id) WHERE span = 'day' AND at_ms >= $1
         )
         SELECT model_id AS "modelId", provider, sum(pico_usd) / (1e12 * sum(n)) AS usd FROM known
         GROUP BY model_id, provider HAVING sum(n) > 0`,
        Date.parse(day),
      );
    },
  };
}

/** Those of the last catalogue, with its prices. */
async function currentTargets(db: Db): Promise<readonly PricedModel[]> {
  const rows = await db.all<{ target: string }>(
    'SELECT target FROM targets WHERE seen_live_at_ms = (SELECT max(seen_live_at_ms) FROM targets)',
  );
  return rows.map(({ target }) => JSON.parse(target) as PricedModel);
}
