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

interface Bucket {
  readonly span: Span;
  readonly atMs: number;
  readonly series: Series;
  readonly sum: RollupSum;
}

/**
 * Both spans are kept as the attempts arrive: no hour has to close before its day is right, a record that comes late finds its bucket, and reading
 * ninety days touches ninety rows a series instead of two thousand.
 */
export function newRollupBatch(db: Database): RollupBatch {
  const buckets = new Map<string, Bucket>();
  return {
    add(record) {
      const series = seriesOf(record);
      if (series === null) return;
      const seriesKey = JSON.stringify(series);
      const dueAtMs = Date.parse(record.cycleTimestampIso);
      for (const span of SPANS) {
        const atMs = bucketAtMs(span, dueAtMs);
        const key = `${span} ${atMs} ${seriesKey}`;
        let bucket = buckets.get(key);
        if (bucket === undefined) {
          bucket = { span, atMs, series, sum: new RollupSum() };
          buckets.set(key, bucket);
        }
        bucket.sum.add(record);
      }
    },

    save() {
      for (const { span, atMs, series, sum } of buckets.values()) addTo([span, atMs, idOf(series, db)], sum, db);
    },
  };
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

const SELECT = `SELECT ${VALUES} FROM rollups WHERE span = ? AND at_ms = ? AND series_id = ?`;
const UPSERT = `INSERT INTO rollups (span, at_ms, series_id, ${VALUES}) VALUES (?, ?, ?, ${VALUES.map(() => '?')})
  ON CONFLICT (span, at_ms, series_id) DO UPDATE SET ${VALUES.map((name) => `${name} = excluded.${name}`)}`;

function addTo(bucket: readonly [Span, atMs: number, seriesId: number], sum: RollupSum, db: Database): void {
  const [stored] = db.query<unknown, SQLQueryBindings[]>(SELECT).values(...bucket);
  if (stored) sum.merge(rollupOf(stored, 0, LATENCY_NAMES));
  db.query<unknown, SQLQueryBindings[]>(UPSERT).run(...bucket, ...valuesOf(sum.rollup()));
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
