import type { Database, SQLQueryBindings } from 'bun:sqlite';
import {
  bucketAtMs,
  type CountedRecord,
  LATENCIES,
  LATENCY_NAMES,
  type LatencyName,
  type Rollup,
  RollupSum,
  type Series,
  SPAN_MS,
  type Span,
  seriesOf,
  type Tally,
  TOTAL_NAMES,
  type Total,
  type TotalName,
} from '../domain/rollup.ts';

export const SPANS = Object.keys(SPAN_MS) as readonly Span[];

/** The column of `rollups` that holds the encoded histogram of a length. */
export const histogramColumn = (name: LatencyName) => `${LATENCIES[name]}_histogram`;

const VALUES = ['counts', ...LATENCY_NAMES.map(histogramColumn)];

/** Sums of attempts by hour and series, on their way into the table. */
export interface RollupBatch {
  add(record: CountedRecord): void;
  /** Adds the sums to what is stored of their hours and days. Call it in the transaction that stores their attempts. */
  save(): void;
}

interface Hours {
  readonly series: Series;
  /** By when the hour begins. */
  readonly sums: Map<number, RollupSum>;
}

/**
 * Both spans are kept as the attempts arrive: no hour has to close before its day is right, a record that comes late finds its bucket, and reading
 * ninety days touches ninety rows a series instead of two thousand.
 */
export function newRollupBatch(db: Database): RollupBatch {
  const bySeries = new Map<string, Hours>();
  return {
    add(record) {
      const series = seriesOf(record);
      if (series === null) return;
      const key = JSON.stringify(series);
      const atMs = bucketAtMs('hour', Date.parse(record.cycleTimestampIso));
      const { sums } = getOrPut(bySeries, key, () => ({ series, sums: new Map() }));
      getOrPut(sums, atMs, () => new RollupSum()).add(record);
    },

    save() {
      for (const { series, sums } of bySeries.values()) {
        const seriesId = idOf(series, db);
        const days = new Map<number, RollupSum>();
        for (const [atMs, sum] of sums) {
          const hour = sum.rollup();
          addTo(['hour', atMs, seriesId], hour, db);
          getOrPut(days, bucketAtMs('day', atMs), () => new RollupSum()).merge(hour);
        }
        for (const [atMs, sum] of days) addTo(['day', atMs, seriesId], sum.rollup(), db);
      }
    },
  };
}

function getOrPut<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function idOf({ location, modelId, provider, questionId }: Series, db: Database): number {
  const key = [location, modelId, provider, questionId];
  const known = db
    .query<{ series_id: number }, string[]>(
      'SELECT series_id FROM series WHERE location = ? AND model_id = ? AND provider = ? AND question_id = ?',
    )
    .get(...key);
  if (known !== null) return known.series_id;
  const insert = db.query('INSERT INTO series (location, model_id, provider, question_id) VALUES (?, ?, ?, ?)');
  return Number(insert.run(...key).lastInsertRowid);
}

const INSERT = `INSERT INTO rollups (span, at_ms, series_id, ${VALUES}) VALUES (?, ?, ?, ${VALUES.map(() => '?')})
  ON CONFLICT (span, at_ms, series_id) DO NOTHING`;
const SELECT = `SELECT ${VALUES} FROM rollups WHERE span = ? AND at_ms = ? AND series_id = ?`;
const UPDATE = `UPDATE rollups SET ${VALUES.map((name) => `${name} = ?`)} WHERE span = ? AND at_ms = ? AND series_id = ?`;

function addTo(bucket: readonly [Span, atMs: number, seriesId: number], rollup: Rollup, db: Database): void {
  const statement = (sql: string) => db.query<unknown, SQLQueryBindings[]>(sql);
  if (statement(INSERT).run(...bucket, ...valuesOf(rollup)).changes > 0) return;
  const [stored] = statement(SELECT).values(...bucket);
  const sum = new RollupSum().merge(rollupOf(stored!, 0, LATENCY_NAMES)).merge(rollup);
  statement(UPDATE).run(...valuesOf(sum.rollup()), ...bucket);
}

/** `counts` as JSON, for people with a SQLite shell; what would be named a million times is told by its place. */
interface Counts {
  readonly tallies: Readonly<Record<string, readonly [first: number, final: number, all: number]>>;
  /** In the order of `TOTAL_NAMES`. */
  readonly totals: readonly (readonly [n: number, sum: number])[];
  readonly answers: readonly [correct: number, wrong: number, unknown: number];
}

/** In the order of `VALUES`. */
function valuesOf({ tallies, totals, answers, histograms }: Rollup): readonly SQLQueryBindings[] {
  const short = Object.entries(tallies).map(([key, { first, final, all }]) => [key, [first, final, all]] as const);
  const counts: Counts = {
    tallies: Object.fromEntries(short),
    totals: TOTAL_NAMES.map((name) => [totals[name].n, totals[name].sum]),
    answers: [answers.correct, answers.wrong, answers.unknown],
  };
  return [JSON.stringify(counts), ...LATENCY_NAMES.map((name) => histograms[name] ?? null)];
}

/** @param values among others, from index `at` on, the counts and the histograms of `latencies` */
export function rollupOf(values: readonly unknown[], at: number, latencies: readonly LatencyName[]): Rollup {
  const counts = JSON.parse(values[at] as string) as Counts;
  const tallies: Record<string, Tally> = {};
  for (const key in counts.tallies) {
    const [first, final, all] = counts.tallies[key]!;
    tallies[key] = { first, final, all };
  }
  const totals = {} as Record<TotalName, Total>;
  for (let i = 0; i < TOTAL_NAMES.length; i++) {
    const [n, sum] = counts.totals[i]!;
    totals[TOTAL_NAMES[i]!] = { n, sum };
  }
  const [correct, wrong, unknown] = counts.answers;
  const histograms: Partial<Record<LatencyName, Uint8Array>> = {};
  for (let i = 0; i < latencies.length; i++) {
    const encoded = values[at + 1 + i] as Uint8Array | null;
    if (encoded !== null) histograms[latencies[i]!] = encoded;
  }
  return { tallies, totals, answers: { correct, wrong, unknown }, histograms };
}
