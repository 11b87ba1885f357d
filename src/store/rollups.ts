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

/**
 * Both spans are kept as the attempts arrive: no hour has to close before its day is right, a record that comes late finds its bucket, and reading
 * ninety days touches ninety rows a series instead of two thousand.
 */
export function newRollupBatch(db: Database): RollupBatch {
  const hours = new Map<string, { series: Series; atMs: number; sum: RollupSum }>();
  return {
    add(record) {
      const series = seriesOf(record);
      if (series === null) return;
      const atMs = bucketAtMs('hour', Date.parse(record.cycleTimestampIso));
      const key = `${atMs} ${JSON.stringify(series)}`;
      let hour = hours.get(key);
      if (hour === undefined) {
        hour = { series, atMs, sum: new RollupSum() };
        hours.set(key, hour);
      }
      hour.sum.add(record);
    },

    save() {
      for (const { series, atMs, sum } of hours.values()) {
        const seriesId = idOf(series, db);
        const added = sum.rollup();
        for (const span of SPANS) addTo([span, bucketAtMs(span, atMs), seriesId], added, db);
      }
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

function addTo(bucket: readonly [Span, atMs: number, seriesId: number], added: Rollup, db: Database): void {
  const [stored] = db.query<unknown, SQLQueryBindings[]>(SELECT).values(...bucket);
  const sum = stored && new RollupSum().merge(rollupOf(stored, LATENCY_NAMES)).merge(added).rollup();
  db.query<unknown, SQLQueryBindings[]>(UPSERT).run(...bucket, ...valuesOf(sum ?? added));
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

/** @param values the counts, then the histograms of `latencies` */
export function rollupOf([json, ...encoded]: readonly unknown[], latencies: readonly LatencyName[]): Rollup {
  const counts = JSON.parse(json as string) as Counts;
  const tallies: Record<string, Tally> = {};
  for (const key in counts.tallies) {
    const [first, final, all] = counts.tallies[key]!;
    tallies[key] = { first, final, all };
  }
  const totals = {} as Record<TotalName, Total>;
  for (const [i, name] of TOTAL_NAMES.entries()) {
    const [n, sum] = counts.totals[i]!;
    totals[name] = { n, sum };
  }
  const [correct, wrong, unknown] = counts.answers;
  const histograms: Partial<Record<LatencyName, Uint8Array>> = {};
  for (const [i, name] of latencies.entries()) {
    if (encoded[i] !== null) histograms[name] = encoded[i] as Uint8Array;
  }
  return { tallies, totals, answers: { correct, wrong, unknown }, histograms };
}
