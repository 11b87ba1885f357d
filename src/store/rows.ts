import { zstdCompressSync, zstdDecompressSync } from 'bun';
import { type AttemptRecord, COLUMN_NAMES, COLUMNS, type Column, type ColumnName } from '../domain/record.ts';
import { COUNTED_NAMES, type CountedRecord } from '../domain/rollup.ts';
import { BODY_NAMES, METRIC_NAMES } from './schema.ts';

/** A record as a database takes it. */
export interface Row {
  /** In the order of `METRIC_NAMES`. */
  readonly metrics: readonly Metric[];
  /** zstd of the JSON of the body columns; null where all of them are null. */
  readonly bodies: Uint8Array | null;
}

type Metric = string | number | null;

/** @throws TypeError when a timestamp is none, which is a bug of ours */
export function rowOf(record: AttemptRecord): Row {
  return {
    metrics: METRIC_NAMES.map((name) => encoded(name, record[name])),
    bodies: BODY_NAMES.every((name) => record[name] === null) ? null : packed(record),
  };
}

/** The record that `rowOf` was given. @param values the metrics in the order of `METRIC_NAMES` */
export function recordOf(values: readonly unknown[], bodies: Uint8Array | null): AttemptRecord {
  const texts = bodies === null ? {} : (JSON.parse(zstdDecompressSync(bodies).toString()) as Record<string, string>);
  const record: Record<string, unknown> = {};
  let metrics = 0;
  for (const name of COLUMN_NAMES) {
    record[name] = COLUMNS[name].body ? (texts[name] ?? null) : decoded(COLUMNS[name], values[metrics++]);
  }
  return record as AttemptRecord;
}

/** What the rollups count of a stored record. @param values in the order of `COUNTED_NAMES` */
export const countedOf = (values: readonly unknown[]): CountedRecord => columnsOf(COUNTED_NAMES, values);

/** Some metrics of a stored record. @param values in the order of `names` */
export function columnsOf<Name extends ColumnName>(
  names: readonly Name[],
  values: readonly unknown[],
): Pick<AttemptRecord, Name> {
  const columns: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) columns[names[i]!] = decoded(COLUMNS[names[i]!], values[i]);
  return columns as Pick<AttemptRecord, Name>;
}

/** UTF-8 has no lone surrogates; they become U+FFFD here, in bodies as in metrics. */
function packed(record: AttemptRecord): Uint8Array {
  const texts = BODY_NAMES.map((name) => [name, (record[name] as string | null)?.toWellFormed()]);
  return zstdCompressSync(JSON.stringify(Object.fromEntries(texts)));
}

/** A number that is none, or a count too large to be one, is unknown; where unknown is not allowed, the database refuses the row. */
function encoded(name: ColumnName, value: AttemptRecord[ColumnName]): Metric {
  if (value === null) return null;
  switch (COLUMNS[name].kind) {
    case 'text':
      return (value as string).toWellFormed();
    case 'timestamp': {
      const atMs = Date.parse(value as string);
      if (Number.isNaN(atMs)) throw new TypeError(`${name} is no timestamp`);
      return atMs;
    }
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : null;
    case 'number':
      return Number.isFinite(value) ? (value as number) : null;
    case 'boolean':
      return Number(value);
    case 'numbers':
      return JSON.stringify(value);
    case 'texts':
      return JSON.stringify((value as readonly string[]).map((text) => text.toWellFormed()));
  }
}

function decoded({ kind }: Column, value: unknown): unknown {
  if (value === null) return null;
  switch (kind) {
    case 'timestamp':
      return new Date(value as number).toISOString();
    case 'boolean':
      return value === 1;
    case 'numbers':
    case 'texts':
      return JSON.parse(value as string);
    default:
      return value;
  }
}
