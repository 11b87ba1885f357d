import { percentile } from '../src/domain/statistics.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import type { Bench, Figure } from './bench.ts';
import { addPast, type Past } from './fleet-past.ts';
import { type Question, questionsBehind, questionsOfPages } from './fleet-questions.ts';
import { openDatabase, startServer } from './fleet-server.ts';

const EVERY_MS = 600_000;
const FLEET = { locations: 5, models: 30, providers: 5, everyMs: EVERY_MS };
const DAYS = 93;
const MOST_MS = 200;
/** So that the 99th percentile can be told. */
const TIMES = 200;

const PAGES = Object.keys(questionsOfPages({} as never, { ...FLEET, days: DAYS, untilMs: 0 }));

export const fleetPages: Bench = {
  about: `what the pages of a dashboard ask of PostgreSQL as it is installed (128 MB of its own memory), at ${FLEET.locations} places × ${FLEET.models * FLEET.providers} targets every ten minutes for ${DAYS} days: 10 million attempts without bodies, made by SQL; then what goes on behind`,
  goals: Object.fromEntries(PAGES.map((name) => [name, { atMost: [null, MOST_MS] }])),
  async run({ quick, progress }) {
    await using server = await startServer();
    await using database = await openDatabase(server, 'pages');
    const untilMs = Math.floor(Date.now() / EVERY_MS) * EVERY_MS;
    const past: Past = { ...FLEET, days: quick ? 2 : DAYS, untilMs };
    const beganMs = performance.now();
    await addPast(database, past, progress);
    const seconds = (performance.now() - beganMs) / 1000;
    const figures: Figure[] = [{ name: 'made', unit: 's', ours: seconds }, ...(await sizes(database.client))];
    await using store = await openPostgresStore({ url: database.url, csvPath: '/dev/null' }, { clock: SYSTEM_CLOCK });
    for (const [name, ask] of Object.entries(questionsOfPages(store, past))) {
      progress(name);
      const tookMs = await timesOf(ask, TIMES);
      figures.push({ name, unit: 'ms, p50 / p99', ours: [percentile(tookMs, 50), percentile(tookMs, 99)] });
    }
    for (const [name, ask] of Object.entries(questionsBehind(store, past))) {
      progress(name);
      const [tookMs] = await timesOf(ask, 1);
      figures.push({ name, unit: 's', ours: tookMs! / 1000 });
    }
    return figures;
  },
};

async function sizes({ all }: Pick<Awaited<ReturnType<typeof openDatabase>>['client'], 'all'>): Promise<Figure[]> {
  const tables = await all<{ name: string; rows: number; bytes: number; index_bytes: number }>(
    `SELECT relname AS name, reltuples::bigint AS rows, pg_total_relation_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes
     FROM pg_class WHERE relname IN ('attempts', 'rollups') ORDER BY relname`,
  );
  return tables.flatMap(({ name, rows, bytes, index_bytes }) => [
    { name, unit: 'million rows', ours: rows / 1e6 },
    { name: `${name}: size, and of it indexes`, unit: 'GB', ours: [bytes / 1e9, index_bytes / 1e9] },
  ]);
}

async function timesOf(ask: Question, times: number): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let n = 0; n < times; n++) {
    const beganMs = performance.now();
    await ask(n);
    tookMs.push(performance.now() - beganMs);
  }
  return tookMs;
}
