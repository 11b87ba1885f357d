import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { type PricedModel, roundedUsd, type Spending, spendingOf } from '../domain/money.ts';
import type { AttemptRecord } from '../domain/record.ts';
import { TOTAL_NAMES } from '../domain/rollup.ts';
import type { Ledger } from '../ports.ts';

/** What each target cost on each UTC day, by the due time of the cycle. Its rows stay when attempts are pruned. */
export function createLedgerTable(db: Database): void {
  db.run(`
    CREATE TABLE ledger (
      day TEXT NOT NULL,
      model_id TEXT NOT NULL,
      provider TEXT NOT NULL,
      known_attempts INTEGER NOT NULL,
      known_usd REAL NOT NULL,
      estimated_attempts INTEGER NOT NULL,
      estimated_usd REAL NOT NULL,
      PRIMARY KEY (day, model_id, provider)
    ) STRICT, WITHOUT ROWID;

    -- Attempts of the version before are booked as \`spendingOf\` of the domain does it, by the prices in their rows.
    WITH
      charged AS (
        SELECT *, date(cycle_timestamp_iso / 1000, 'unixepoch') AS day FROM attempts
        WHERE cost_usd IS NOT NULL OR (attempt > 0 AND outcome <> 'skipped' AND (
          response_status_code BETWEEN 200 AND 299
          OR (response_status_code <= 0 AND (sent_ms IS NOT NULL OR error_class = 'internal'))))
      ),
      of_model AS (
        SELECT model_id, max(price_input_usd_per_mtok) AS input, max(price_output_usd_per_mtok) AS output
        FROM attempts GROUP BY model_id
      ),
      of_all AS (SELECT max(input) AS input, max(output) AS output FROM of_model)
    INSERT INTO ledger
    SELECT day, model_id, provider_name, count(cost_usd), total(cost_usd), count(*) - count(cost_usd),
      total(iif(cost_usd IS NULL,
        coalesce(prompt_tokens, 30) * coalesce(price_input_usd_per_mtok, of_model.input, of_all.input)
        + coalesce(completion_tokens, max(600, coalesce(chunks, 0)))
          * coalesce(price_output_usd_per_mtok, of_model.output, of_all.output), 0) / 1e6)
    FROM charged JOIN of_model USING (model_id) JOIN of_all
    GROUP BY day, model_id, provider_name;
  `);
}

/** Where the totals of a rollup have its cost. Rollups are of standard probes alone: what others cost, which is far less, says nothing of a cycle. */
export const COST_PLACE = TOTAL_NAMES.indexOf('costPicoUsd');
const COST = `$.totals[${COST_PLACE}]`;

/** What attempts cost a target on a day, in the order of the table's columns. */
export type Booking = readonly [
  day: string,
  modelId: string,
  provider: string,
  knownAttempts: number,
  knownUsd: number,
  estimatedAttempts: number,
  estimatedUsd: number,
];

/** What attempts add to the ledger: one booking a day and target. @param catalogue of that moment; asked for only where a cost is estimated */
export function bookingsOf(
  records: readonly AttemptRecord[],
  catalogue: () => readonly PricedModel[],
): readonly Booking[] {
  const bookings = new Map<string, Booking>();
  for (const record of records) {
    const { cycleTimestampIso, modelId, providerName } = record;
    const spending = spendingOf(record, catalogue);
    if (spending === null || modelId === null || providerName === null) continue;
    const day = cycleTimestampIso.slice(0, 10);
    const key = [day, modelId, providerName].join('\u0000');
    const [, , , known, knownUsd, estimated, estimatedUsd] = bookings.get(key) ?? [
      day,
      modelId,
      providerName,
      0,
      0,
      0,
      0,
    ];
    const sums =
      spending.knownUsd === null
        ? ([known, knownUsd, estimated + 1, estimatedUsd + spending.estimatedUsd] as const)
        : ([known + 1, knownUsd + spending.knownUsd, estimated, estimatedUsd] as const);
    bookings.set(key, [day, modelId, providerName, ...sums]);
  }
  return [...bookings.values()];
}

/** Adds to the ledger what attempts cost. Call it once for each attempt, in the transaction that stores it. */
export function book(db: Database, records: readonly AttemptRecord[]): void {
  const add = db.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (day, model_id, provider) DO UPDATE SET
       known_attempts = known_attempts + excluded.known_attempts,
       known_usd = known_usd + excluded.known_usd,
       estimated_attempts = estimated_attempts + excluded.estimated_attempts,
       estimated_usd = estimated_usd + excluded.estimated_usd`,
  );
  let targets: readonly PricedModel[] | undefined;
  for (const booking of bookingsOf(records, () => (targets ??= currentTargets(db)))) add.run(...booking);
}

export function createLedger(db: Database): Ledger {
  return {
    async spentOn(day) {
      const { knownUsd, estimatedUsd } = db
        .query<Spending, [string]>(
          'SELECT total(known_usd) AS knownUsd, total(estimated_usd) AS estimatedUsd FROM ledger WHERE day = ?',
        )
        .get(day)!;
      return { knownUsd: roundedUsd(knownUsd), estimatedUsd: roundedUsd(estimatedUsd) };
    },

    async costsSince(day) {
      return db
        .query<Awaited<ReturnType<Ledger['costsSince']>>[number], [string]>(
          `WITH known AS (
             SELECT model_id, provider, counts ->> '${COST}[0]' AS n, counts ->> '${COST}[1]' AS pico_usd
             FROM rollups JOIN series USING (series_id) WHERE span = 'day' AND at_ms >= unixepoch(?) * 1000
           )
           SELECT model_id AS modelId, provider, sum(pico_usd) / (1e12 * sum(n)) AS usd FROM known
           GROUP BY model_id, provider HAVING sum(n) > 0`,
        )
        .all(day);
    },
  };
}

/** Those of the last catalogue, with its prices. */
function currentTargets(db: Database): readonly PricedModel[] {
  return db
    .query<{ target: string }, []>(
      'SELECT target FROM targets WHERE seen_live_at_ms = (SELECT max(seen_live_at_ms) FROM targets)',
    )
    .all()
    .map(({ target }) => JSON.parse(target) as PricedModel);
}
