import { zstdCompressSync } from 'bun';
import { ByteWriter, type ColumnSource, fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
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
/** What is known of a group stays in memory until the end of the file, so one of any length has larger ones. */
const ROWS_PER_FILE_GROUP = 2000;
/** Small, so that a reader of one row fetches few bodies besides. Uncompressed bytes. */
const PAGE_BYTES = 512 * 1024;

/** Above the default of 3: a tenth smaller for a little more CPU. Beyond it CPU doubles for little. */
const ZSTD_LEVEL = 9;

export const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const UTC_MILLIS = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
} as const;

/**
 * The shard of a batch: Parquet with zstd and a page index, every column of the schema under its name in data, in the order given.
 * The bytes depend on the records (and the versions of Bun and the writer) alone; memory on the size of a row group.
 */
export async function buildShard(
  records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter();
  const parquet = openParquet(writer);
  const order = createOrderWatch();
  for await (const group of groupsOf(records, ROWS_PER_GROUP)) {
    for (const record of group) order.see(record);
    parquet.write({ columnData: columnsOf(group, PARQUET_COLUMNS), rowGroupSize: group.length, pageSize: PAGE_BYTES });
    if (group.length === ROWS_PER_GROUP) Bun.gc(true); // left to itself the heap holds several groups
  }
  if (order.held()) for (const group of parquet.row_groups) group.sorting_columns = SORTED_BY;
  indexSinglePages(parquet);
  parquet.finish();
  return writer.getBytes();
}

/** A file of the same columns with any number of records, written a row group at a time; `path` is overwritten. @throws what the disk says */
export async function writeParquetFile(path: string, records: AsyncIterable<AttemptRecord>): Promise<void> {
  const parquet = openParquet(fileWriter(path));
  let group: AttemptRecord[] = [];
  const write = () => {
    parquet.write({ columnData: columnsOf(group, LEAN_COLUMNS), rowGroupSize: group.length, pageSize: PAGE_BYTES });
    group = [];
    Bun.gc(true); // left to itself the heap grows with the length of the file
  };
  for await (const record of records) {
    group.push(record);
    if (group.length === ROWS_PER_FILE_GROUP) write();
  }
  if (group.length > 0) write();
  parquet.finish();
}

const openParquet = (writer: ByteWriter | ReturnType<typeof fileWriter>) =>
  new ParquetWriter({
    writer,
    schema: SCHEMA,
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes, { level: ZSTD_LEVEL }) },
    kvMetadata: [{ key: 'schema_version', value: String(SCHEMA_VERSION) }],
    createdBy: 'inference-providers-metrics-tracker', // no version: an upgrade must not change the bytes of a sealed batch
  });

async function* groupsOf(
  records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>,
  rows: number,
): AsyncGenerator<readonly AttemptRecord[]> {
  let group: AttemptRecord[] = [];
  for await (const record of records) {
    group.push(record);
    if (group.length < rows) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const columnsOf = (group: readonly AttemptRecord[], columns: typeof PARQUET_COLUMNS): ColumnSource[] =>
  columns.map((column, i) => {
    const name = COLUMN_NAMES[i]!;
    return { ...column, data: group.map((record) => parquetValue(COLUMNS[name], record[name])) };
  });

/**
 * The writer indexes columns of several pages. Readers in Rust, the Hub's viewer among them, take the page index of a file whole or not at
 * all, so the columns of one page need their entry too: apache/arrow-rs parquet/src/file/metadata/reader.rs.
 */
function indexSinglePages({ writer, pendingIndexes }: ParquetWriter): void {
  for (const { chunk, offsetIndex } of pendingIndexes) {
    const { meta_data: column } = chunk;
    if (offsetIndex !== undefined || column === undefined) continue;
    const dictionaryBytes = column.data_page_offset - (column.dictionary_page_offset ?? column.data_page_offset);
    const offset = writer.offset;
    serializeTCompactProtocol(writer, {
      field_1: [
        {
          field_1: column.data_page_offset,
          field_2: Number(column.total_compressed_size - dictionaryBytes),
          field_3: 0n,
        },
      ],
    });
    chunk.offset_index_offset = BigInt(offset);
    chunk.offset_index_length = writer.offset - offset;
  }
}

/** The order of a batch (its third key, the time, is not one column). Declared only where it holds, so that no reader is misled. */
const SORTED_BY = (['modelId', 'providerName'] as const).map((name) => ({
  column_idx: COLUMN_NAMES.indexOf(name),
  descending: false,
  nulls_first: true,
}));

function createOrderWatch() {
  let last: AttemptRecord | null = null;
  let isSorted = true;
  return {
    see(record: AttemptRecord) {
      isSorted &&= last === null || compareKeys(last, record) <= 0;
      last = record;
    },
    held: () => isSorted,
  };
}

const compareKeys = (a: AttemptRecord, b: AttemptRecord) =>
  compareTexts(a.modelId, b.modelId) || compareTexts(a.providerName, b.providerName);

/** As Parquet and SQLite order text: by its bytes, null first. */
function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
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

/** Without an index and statistics, for the same reason. */
const LEAN_COLUMNS = PARQUET_COLUMNS.map((column) => ({
  ...column,
  columnIndex: false,
  offsetIndex: false,
  statistics: false,
}));

/** Unless said here, the writer takes a dictionary where that at least halves a column. */
function encodingOf({ kind, repeats }: Column): Pick<ColumnSource, 'encoding'> {
  if (repeats) return { encoding: 'RLE_DICTIONARY' };
  return kind === 'numbers' ? { encoding: 'BYTE_STREAM_SPLIT' } : {}; // so that their zeros stand together
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
