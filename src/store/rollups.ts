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

/** The columns of a rollup's figures. */
export const ROLLUP_COLUMNS: readonly string[] = ['counts', ...LATENCY_NAMES.map(histogramColumn)];

/** What some attempts add to one series. */
interface SeriesRollups {
  readonly series: Series;
  readonly buckets: readonly { readonly span: Span; readonly atMs: number; readonly rollup: Rollup }[];
}

interface Hours {
  readonly series: Series;
  /** By when the hour begins. */
  readonly sums: Map<number, RollupSum>;
}

/**
 * Sums of attempts by series and bucket, on their way into the table. Both spans are kept as the attempts arrive: no hour has to close before its day
 * is right, a record that comes late finds its bucket, and reading ninety days touches ninety rows a series instead of two thousand.
 */
export class RollupSums {
  readonly #bySeries = new Map<string, Hours>();

  add(record: CountedRecord): void {
    const series = seriesOf(record);
    if (series === null) return;
    const key = JSON.stringify(series);
    const atMs = bucketAtMs('hour', Date.parse(record.cycleTimestampIso));
    const { sums } = getOrPut(this.#bySeries, key, () => ({ series, sums: new Map() }));
    getOrPut(sums, atMs, () => new RollupSum()).add(record);
  }

  all(): readonly SeriesRollups[] {
    return Array.from(this.#bySeries.values(), ({ series, sums }) => {
      const hours = Array.from(sums, ([atMs, sum]) => ({ span: 'hour' as const, atMs, rollup: sum.rollup() }));
      const days = new Map<number, RollupSum>();
      for (const { atMs, rollup } of hours) {
        getOrPut(days, bucketAtMs('day', atMs), () => new RollupSum()).merge(rollup);
      }
      const ofDays = Array.from(days, ([atMs, sum]) => ({ span: 'day' as const, atMs, rollup: sum.rollup() }));
      return { series, buckets: [...hours, ...ofDays] };
    });
  }
}

export function rollupsOf(records: Iterable<CountedRecord>): RollupSums {
  const sums = new RollupSums();
  for (const record of records) sums.add(record);
  return sums;
}

/** Adds the sums to what is stored of their hours and days. Call it in the transaction that stores their attempts. */
export function saveRollups(db: Database, sums: RollupSums): void {
  for (const { series, buckets } of sums.all()) {
    const seriesId = idOf(series, db);
    for (const { span, atMs, rollup } of buckets) addTo([span, atMs, seriesId], rollup, db);
  }
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

const INSERT = `INSERT INTO rollups (span, at_ms, series_id, ${ROLLUP_COLUMNS}) VALUES (?, ?, ?, ${ROLLUP_COLUMNS.map(() => '?')})
  ON CONFLICT (span, at_ms, series_id) DO NOTHING`;
const SELECT = `SELECT ${ROLLUP_COLUMNS} FROM rollups WHERE span = ? AND at_ms = ? AND series_id = ?`;
const UPDATE = `UPDATE rollups SET ${ROLLUP_COLUMNS.map((name) => `${name} = ?`)} WHERE span = ? AND at_ms = ? AND series_id = ?`;

function addTo(bucket: readonly [Span, atMs: number, seriesId: number], rollup: Rollup, db: Database): void {
  const statement = (sql: string) => db.query<unknown, SQLQueryBindings[]>(sql);
  if (statement(INSERT).run(...bucket, ...valuesOf(rollup)).changes > 0) return;
  const [stored] = statement(SELECT).values(...bucket);
  statement(UPDATE).run(...sumWith(stored!, rollup), ...bucket);
}

/** @param stored in the order of `ROLLUP_COLUMNS`, as is what it returns */
export function sumWith(stored: readonly unknown[], rollup: Rollup): RollupValues {
  return valuesOf(
    new RollupSum()
      .merge(rollupOf(stored, 0, LATENCY_NAMES))
      .merge(rollup)
      .rollup(),
  );
}

/** `counts` as JSON, for people with a SQLite shell; what would be named a million times is told by its place. */
interface Counts {
  readonly tallies: Readonly<Record<string, readonly [first: number, final: number, all: number]>>;
  /** In the order of `TOTAL_NAMES`. */
  readonly totals: readonly (readonly [n: number, sum: number])[];
  readonly answers: readonly [correct: number, wrong: number, unknown: number];
}

/** In the order of `ROLLUP_COLUMNS`. */
export type RollupValues = readonly (string | Uint8Array | null)[];

export function valuesOf({ tallies, totals, answers, histograms }: Rollup): RollupValues {
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
