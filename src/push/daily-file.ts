import { zstdCompressSync } from 'bun';
import { ByteWriter, parquetWriteRows, type SchemaElement } from 'hyparquet-writer';
import { Histogram } from '../domain/histogram.ts';
import { LATENCY_NAMES } from '../domain/rollup.ts';
import type { Clock, DatasetHub, RollupDays } from '../ports.ts';
import { isContent } from './content-hash.ts';
import { DAILY_COLUMNS, type DailyColumn, type DailyRow } from './daily-columns.ts';
import { TEXT } from './shard.ts';

/** The rollups of a month: every closed day of it, renewed when another one closes. Not immutable, so its hash is no promise. */
export interface DailyFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The days that are new in it. */
  readonly days: readonly string[];
}

interface DailyParts {
  readonly rollups: RollupDays;
  readonly hub: Pick<DatasetHub, 'hashes'>;
  readonly writer: string;
  readonly clock: Clock;
}

/** They share a commit with shards and day files, which leave room for these. The rest goes with the next push. */
const MONTHS_PER_PUSH = 6;
const ROWS_PER_GROUP = 1000;

/** The files of the months in which these days closed. One that the dataset has already, since an answer was lost, is marked and left out. */
export async function dailyFilesToCommit(
  days: readonly string[],
  { rollups, hub, writer, clock }: DailyParts,
  signal: AbortSignal,
): Promise<readonly DailyFile[]> {
  const byMonth = Map.groupBy(days, (day) => day.slice(0, 7));
  const files: DailyFile[] = [];
  for (const [month, days] of [...byMonth].slice(0, MONTHS_PER_PUSH)) {
    const closed = [...(await rollups.pushedRollupDays(month)), ...days].sort();
    const bytes = await buildDaily(dailyRows(closed, writer, rollups));
    files.push({ path: `daily/${writer}/${month}.parquet`, bytes, days });
  }
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => path);
  const there = await hub.hashes(paths, signal);
  const isThere = ({ path, bytes }: DailyFile) => there.has(path) && isContent(bytes, there.get(path)!);
  await rollups.rollupDaysPushed(daysOf(files.filter(isThere)), null, clock.nowMs());
  return files.filter((file) => !isThere(file));
}

export const daysOf = (files: readonly DailyFile[]) => files.flatMap(({ days }) => days);

async function* dailyRows(days: readonly string[], writer: string, rollups: RollupDays): AsyncGenerator<DailyRow> {
  for (const day of days) {
    for (const { series, ...rollup } of await rollups.rollupsOfDay(day)) {
      const kept = LATENCY_NAMES.filter((name) => rollup.histograms[name] !== undefined);
      const histograms = new Map(kept.map((name) => [name, new Histogram().merge(rollup.histograms[name]!)]));
      yield { day, writer, series, rollup, histograms };
    }
  }
}

/** Parquet as the shards are; the bytes depend on the rows alone. */
async function buildDaily(rows: AsyncIterable<DailyRow>): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter();
  await parquetWriteRows({
    writer,
    rows: parquetRows(rows),
    columns: DAILY_COLUMNS.map(({ name }) => ({ name, columnIndex: true })),
    schema: [{ name: 'daily', num_children: DAILY_COLUMNS.length }, ...DAILY_COLUMNS.map(elementOf)],
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    rowGroupSize: ROWS_PER_GROUP,
    createdBy: 'inference-providers-metrics-tracker',
  });
  return writer.getBytes();
}

async function* parquetRows(rows: AsyncIterable<DailyRow>): AsyncGenerator<Record<string, unknown>> {
  for await (const row of rows) {
    yield Object.fromEntries(DAILY_COLUMNS.map((column) => [column.name, parquetValue(column, column.value(row))]));
  }
}

function parquetValue({ kind }: DailyColumn, value: ReturnType<DailyColumn['value']>): unknown {
  if (value === null) return null;
  switch (kind) {
    case 'day':
      return new Date(value as string);
    case 'count':
      return BigInt(value as number);
    default:
      return value;
  }
}

function elementOf({ name, kind, nullable }: DailyColumn): SchemaElement {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
  switch (kind) {
    case 'day':
      return { name, repetition_type, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'text':
      return { name, repetition_type, ...TEXT };
    case 'count':
      return { name, repetition_type, type: 'INT64' };
    case 'number':
      return { name, repetition_type, type: 'DOUBLE' };
    case 'histogram':
      return { name, repetition_type, type: 'BYTE_ARRAY' };
    default:
      return kind satisfies never;
  }
}
