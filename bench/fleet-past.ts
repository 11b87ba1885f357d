import { kindText, STANDARD } from '../src/domain/probe-kind.ts';
import { dataName, COLUMNS as RECORD } from '../src/domain/record.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { startWorld } from '../src/sim/world.ts';
import { batchName, MAX_RECORDS } from '../src/store/batches.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { ROLLUP_COLUMNS } from '../src/store/rollups.ts';
import { METRIC_NAMES } from '../src/store/schema.ts';
import { aFoundIncident } from '../tests/support/builders.ts';
import type { BenchDatabase } from './fleet-server.ts';

/** A fleet as it was for some days: every place asks every model of every provider each time. */
export interface Past {
  readonly locations: number;
  readonly models: number;
  readonly providers: number;
  readonly everyMs: number;
  readonly days: number;
  /** The next cycle is due then. */
  readonly untilMs: number;
}

export const modelName = (n: number) => `acme/Model-${n}`;
export const providerName = (n: number) => `provider-${n}`;
export const placeName = (n: number) => `place-${n}`;

const COLUMNS = METRIC_NAMES.map(dataName);
const TEMPLATES = { attempts: 'template_attempts', rollups: 'template_rollups' };
/** What was asked since then waits for the next push. */
const UNSEALED_MS = 6 * 3_600_000;
const INCIDENTS = 5_000;

/** Rows by SQL, in the order in which they would have come, from some thousand that a simulated tracker stored; without bodies. */
export async function addPast(
  { client, url }: BenchDatabase,
  past: Past,
  progress: (text: string) => void,
): Promise<void> {
  await addTemplates(url, past.untilMs);
  await client.run(`CREATE TABLE ${TEMPLATES.attempts} AS SELECT row_number() OVER (ORDER BY seq) - 1 AS number, attempts.*
    FROM attempts WHERE probe_kind = '${kindText(STANDARD)}' AND attempt = 1 AND final = 1 AND provider_name IS NOT NULL`);
  await client.run(`CREATE TABLE ${TEMPLATES.rollups} AS
    SELECT row_number() OVER (PARTITION BY span ORDER BY at_ms, series_id) - 1 AS number, rollups.* FROM rollups`);
  await client.run('TRUNCATE attempts, bodies, rollups, series, ledger');

  progress('attempts');
  await withoutIndexes({ client }, 'attempts', async () => {
    for (let day = 0; day < past.days; day++) {
      await client.run(insertDay(past, day));
      progress(`attempts of ${day + 1} days`);
    }
    progress('indexes');
  });
  progress('cycles, batches, incidents');
  await addCycles({ client }, past);
  await addBatches({ client }, past);
  await addIncidents({ client }, past);
  progress('rollups');
  await withoutIndexes({ client }, 'rollups', () => addRollups({ client }, past));
  for (const table of Object.values(TEMPLATES)) await client.run(`DROP TABLE ${table}`);
  progress('VACUUM');
  await client.run('VACUUM ANALYZE');
  await client.run('CHECKPOINT');
}

type Place = Pick<BenchDatabase, 'client'>;

async function addTemplates(url: string, untilMs: number): Promise<void> {
  await using world = await startWorld({ seed: 1, story: { nowMs: untilMs } });
  await using store = await openPostgresStore({ url, csvPath: '/dev/null' }, { clock: SYSTEM_CLOCK });
  const identity = { writer: store.writer, location: 'bench', trackerVersion: '0' };
  const question = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };
  for (const records of world.history({ days: 5, untilMs, identity, question })) await store.append(records);
}

/** Two thirds of the time that rows take goes into their places in indexes. */
async function withoutIndexes({ client }: Place, table: string, work: () => Promise<void>): Promise<void> {
  const indexes = await client.all<{ indexname: string; indexdef: string }>(
    'SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexname NOT IN (SELECT conname FROM pg_constraint)',
    table,
  );
  for (const { indexname } of indexes) await client.run(`DROP INDEX ${indexname}`);
  await work();
  for (const { indexdef } of indexes) await client.run(indexdef);
}

/** Of a template, with the key and the moments of another cycle and target. */
function insertDay({ locations, models, providers, everyMs, days, untilMs }: Past, day: number): string {
  const sinceMs = untilMs - (days - day) * DAY_MS;
  const moved = (name: string) => `due_at_ms + ${name} - template.scheduled_at_iso`;
  const changed: Record<string, string> = {
    attempt_id: `md5('attempt ' || due_at_ms || ' ' || target)`,
    probe_id: `md5('probe ' || due_at_ms || ' ' || target)`,
    cycle_id: `md5('cycle ' || due_at_ms)`,
    model_id: `'${modelName(0).slice(0, -1)}' || target / ${locations} / ${providers}`,
    provider_name: `'${providerName(0).slice(0, -1)}' || target / ${locations} % ${providers}`,
    location: `'${placeName(0).slice(0, -1)}' || target % ${locations}`,
    writer: `(SELECT value FROM meta WHERE key = 'writer')`,
  };
  for (const name of METRIC_NAMES) {
    if (RECORD[name].kind === 'timestamp') changed[dataName(name)] = moved(`template.${dataName(name)}`);
  }
  changed.cycle_timestamp_iso = 'due_at_ms';
  const count = `(SELECT count(*) FROM ${TEMPLATES.attempts})`;
  return `
    INSERT INTO attempts (${COLUMNS})
    SELECT ${COLUMNS.map((column) => changed[column] ?? `template.${column}`)}
    FROM generate_series(${sinceMs}::bigint, ${sinceMs + DAY_MS - 1}::bigint, ${everyMs}::bigint) AS due (due_at_ms)
      CROSS JOIN generate_series(0, ${locations * models * providers - 1}) AS asked (target)
      JOIN ${TEMPLATES.attempts} AS template ON number = (due_at_ms / ${everyMs} * 7919 + target * 104729) % ${count}`;
}

async function addCycles({ client }: Place, { everyMs, days, untilMs }: Past): Promise<void> {
  await client.run(
    `INSERT INTO cycles (cycle_id, due_at_ms, began_at_ms, ended_at_ms, finish_number)
     SELECT md5('cycle ' || due_at_ms), due_at_ms, due_at_ms + 1000, due_at_ms + 120000, row_number() OVER (ORDER BY due_at_ms)
     FROM generate_series($1::bigint, $2::bigint, $3::bigint) AS due (due_at_ms) ORDER BY due_at_ms`,
    ...[untilMs - days * DAY_MS, untilMs - 1, everyMs],
  );
  // the last one is still under way
  await client.run(
    "UPDATE cycles SET ended_at_ms = NULL, finish_number = NULL, plan = '[]' WHERE due_at_ms = $1",
    untilMs - everyMs,
  );
}

async function addBatches({ client }: Place, { untilMs }: Past): Promise<void> {
  await client.run(
    `INSERT INTO batches (number, name, sealed_at_ms, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms,
       finished_cycles, sha256, commit_url, pushed_at_ms)
     SELECT n, '${batchName(0, 0).slice(0, -6)}' || to_char(n, 'FM000000'), last, attempts, finals, first_seq, last_seq, first, last,
       (SELECT coalesce(max(finish_number), 0) FROM cycles WHERE due_at_ms <= last), md5(n::text), 'https://example.test', last
     FROM (
       SELECT place / ${MAX_RECORDS} + 1 AS n, count(*) AS attempts, sum(final) AS finals, min(seq) AS first_seq, max(seq) AS last_seq,
         min(cycle_timestamp_iso) AS first, max(cycle_timestamp_iso) AS last
       FROM (SELECT seq, final, cycle_timestamp_iso, row_number() OVER (ORDER BY seq) - 1 AS place FROM attempts
         WHERE cycle_timestamp_iso < $1) AS old GROUP BY 1) AS batch`,
    untilMs - UNSEALED_MS,
  );
}

async function addIncidents({ client }: Place, { locations, models, providers, days, untilMs }: Past): Promise<void> {
  const found = Array.from({ length: INCIDENTS }, (_, n) => {
    const endpoint = { modelId: modelName(n % models), provider: providerName(n % providers) };
    const startedAtMs = Math.round(untilMs - ((n + 1) / INCIDENTS) * days * DAY_MS);
    const endedAtMs = n < 10 ? null : startedAtMs + 3_600_000;
    const location = placeName(n % locations);
    return aFoundIncident({
      incidentId: `incident-${n}`,
      ...endpoint,
      endpoints: [endpoint],
      startedAtMs,
      endedAtMs,
      location,
    });
  });
  await client.run(
    'INSERT INTO incidents (incident_id, kind, started_at_ms, ended_at_ms, found) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])',
    found.map(({ incidentId }) => incidentId),
    found.map(({ kind }) => kind),
    found.map(({ startedAtMs }) => startedAtMs),
    found.map(({ endedAtMs }) => endedAtMs),
    found.map((incident) => JSON.stringify(incident)),
  );
}

async function addRollups({ client }: Place, { locations, models, providers, days, untilMs }: Past): Promise<void> {
  await client.run(
    `INSERT INTO series (location, model_id, provider, question_id)
     SELECT '${placeName(0).slice(0, -1)}' || target % ${locations}, '${modelName(0).slice(0, -1)}' || target / ${locations} / ${providers},
       '${providerName(0).slice(0, -1)}' || target / ${locations} % ${providers}, '0123456789abcdef'
     FROM generate_series(0, $1::bigint - 1) AS asked (target) ORDER BY target`,
    locations * models * providers,
  );
  for (const [span, spanMs] of [
    ['hour', 3_600_000],
    ['day', DAY_MS],
  ] as const) {
    await client.run(
      `INSERT INTO rollups (span, at_ms, series_id, ${ROLLUP_COLUMNS})
       SELECT $1, bucket.at_ms, series.series_id, ${ROLLUP_COLUMNS}
       FROM generate_series($2::bigint, $3::bigint, $4::bigint) AS bucket (at_ms) CROSS JOIN series JOIN ${TEMPLATES.rollups} AS template
         ON template.span = $1 AND number = (bucket.at_ms / $4::bigint * 7919 + series.series_id * 104729)
           % (SELECT count(*) FROM ${TEMPLATES.rollups} WHERE span = $1)
       ORDER BY bucket.at_ms, series.series_id`,
      ...[span, Math.ceil((untilMs - days * DAY_MS) / spanMs) * spanMs, untilMs - 1, spanMs],
    );
  }
  await client.run(
    `INSERT INTO ledger (day, model_id, provider, known_attempts, known_usd, estimated_attempts, estimated_usd)
     SELECT DISTINCT to_char(to_timestamp(at_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), model_id, provider, 720, 0.1, 0, 0
     FROM rollups JOIN series USING (series_id) WHERE span = 'day'`,
  );
}
