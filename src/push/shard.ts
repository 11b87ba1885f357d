import { zstdCompressSync } from 'bun';
import { ByteWriter, type ColumnSource, parquetWriteRows, type SchemaElement } from 'hyparquet-writer';
import {
  type AttemptRecord,
  COLUMN_NAMES,
  COLUMNS,
  type Column,
  type ColumnName,
  dataName,
  SCHEMA_VERSION,
} from '../domain/record.ts';

/** Small, so that a viewer shows the first rows soon, and a build holds few of them at once. */
const ROWS_PER_GROUP = 1000;
/** Small, so that a reader of one row fetches few bodies besides. Uncompressed bytes. */
const PAGE_BYTES = 256 * 1024;

export const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const UTC_MILLIS = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
} as const;

/**
 * The shard of a batch: Parquet with zstd, every column of the schema under its name in data, in the order given.
 * The bytes depend on the records (and the versions of Bun and the writer) alone; memory on the size of a row group.
 */
export function buildShard(records: Iterable<AttemptRecord>): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  parquetWriteRows({
    writer,
    rows: rowsOf(records),
    columns: PARQUET_COLUMNS,
    schema: SCHEMA,
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    rowGroupSize: ROWS_PER_GROUP,
    pageSize: PAGE_BYTES,
    kvMetadata: [{ key: 'schema_version', value: String(SCHEMA_VERSION) }],
    createdBy: 'inference-providers-metrics-tracker', // no version: an upgrade must not change the bytes of a sealed batch
  });
  return writer.getBytes();
}

function* rowsOf(records: Iterable<AttemptRecord>): Generator<Record<string, unknown>> {
  for (const record of records) {
    yield Object.fromEntries(COLUMN_NAMES.map((name) => [dataName(name), parquetValue(COLUMNS[name], record[name])]));
  }
}

function parquetValue(column: Column, value: AttemptRecord[ColumnName]): unknown {
  if (value === null) return null;
  switch (column.kind) {
    case 'timestamp':
      return BigInt(Date.parse(value as string));
    case 'integer':
      return integerValue(column, value as number);
    default:
      return value;
  }
}

/** A provider may report 12.5 or 1e300 tokens. That is no count, hence unknown; it must not stop the shard. */
function integerValue({ nullable }: Column, value: number): bigint | null {
  return nullable && !Number.isSafeInteger(value) ? null : BigInt(value);
}

const PARQUET_COLUMNS: Omit<ColumnSource, 'data'>[] = COLUMN_NAMES.map((name) => ({
  name: dataName(name),
  columnIndex: true,
  ...encodingOf(COLUMNS[name]),
}));

/** Unless said here, the writer takes a dictionary where that at least halves a column. */
function encodingOf({ kind, repeats }: Column): Pick<ColumnSource, 'encoding'> {
  if (repeats) return { encoding: 'RLE_DICTIONARY' };
  return kind === 'numbers' ? { encoding: 'BYTE_STREAM_SPLIT' } : {}; // rising moments: a sixth smaller than plain
}

const SCHEMA: SchemaElement[] = [
  { name: 'attempts', num_children: COLUMN_NAMES.length },
  ...COLUMN_NAMES.flatMap((name) => elementsOf(dataName(name), COLUMNS[name])),
];

function elementsOf(name: string, { kind, nullable }: Column): readonly SchemaElement[] {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
  switch (kind) {
    case 'text':
      return [{ name, repetition_type, ...TEXT }];
    case 'timestamp':
      return [{ name, repetition_type, ...UTC_MILLIS }];
    case 'integer':
      return [{ name, repetition_type, type: 'INT64' }]; // whatever count a provider reports, it fits
    case 'number':
      return [{ name, repetition_type, type: 'DOUBLE' }];
    case 'boolean':
      return [{ name, repetition_type, type: 'BOOLEAN' }];
    case 'numbers':
      return listOf({ name, repetition_type }, { type: 'DOUBLE' });
    case 'texts':
      return listOf({ name, repetition_type }, TEXT);
    default:
      return kind satisfies never;
  }
}

/** The three levels by which every reader knows a list from a null. */
function listOf(list: SchemaElement, element: Omit<SchemaElement, 'name'>): readonly SchemaElement[] {
  return [
    { ...list, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', ...element },
  ];
}
