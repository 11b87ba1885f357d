import { zstdDecompressSync } from 'bun';
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import {
  type AttemptRecord,
  COLUMN_NAMES,
  COLUMNS,
  type Column,
  type ColumnName,
  dataName,
  SCHEMA_VERSION,
} from '../domain/record.ts';

/** A file that is no shard, or none that this version can read. */
export class ShardError extends Error {
  override readonly name = 'ShardError';
}

const OPTIONS = {
  compressors: { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) },
  parsers: { stringFromBytes: decodeText },
};

/**
 * The attempts of a shard of this or an earlier version, a row group at a time, in their order in the file.
 *
 * @throws ShardError
 */
export async function* readShard(file: AsyncBuffer): AsyncGenerator<readonly AttemptRecord[]> {
  const metadata = await understood(() => parquetMetadataAsync(file));
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await understood(() => parquetReadObjects({ ...OPTIONS, file, metadata, rowStart, rowEnd }));
    yield rows.map(recordOf);
    rowStart = rowEnd;
  }
}

/** Whose rows are in it, without reading the rest. @throws ShardError */
export async function writersIn(file: AsyncBuffer): Promise<ReadonlySet<string>> {
  const rows = await understood(() => parquetReadObjects({ ...OPTIONS, file, columns: ['writer'] }));
  return new Set(rows.map(({ writer }) => String(writer)));
}

/** Where its rows were probed from, without reading the rest. @throws ShardError */
export async function locationsIn(file: AsyncBuffer): Promise<ReadonlySet<string>> {
  const rows = await understood(() => parquetReadObjects({ ...OPTIONS, file, columns: ['location'] }));
  return new Set(rows.map(({ location }) => String(location)));
}

async function understood<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new ShardError(`it is damaged, or no Parquet file: ${String(error)}`);
  }
}

/** A byte-order mark at the beginning is part of a text. */
function decodeText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

const SHAPES: Readonly<Record<Column['kind'], z.ZodType>> = {
  text: z.string(),
  timestamp: z.date().transform((at) => at.toISOString()),
  integer: z
    .bigint()
    .transform(Number)
    .refine((value) => Number.isSafeInteger(value)),
  number: z.number(),
  boolean: z.boolean(),
  numbers: z.array(z.number()),
  texts: z.array(z.string()),
};

function recordOf(row: Record<string, unknown>): AttemptRecord {
  if (Number(row.schema_version) > SCHEMA_VERSION) {
    throw new ShardError(`a later version of this program wrote it (schema ${row.schema_version}); use that one`);
  }
  return Object.fromEntries(
    COLUMN_NAMES.map((name) => [name, columnValue(name, row[dataName(name)])]),
  ) as AttemptRecord;
}

/** A column that came later than the file is unknown in it. */
function columnValue(name: ColumnName, value: unknown): unknown {
  const { kind, nullable } = COLUMNS[name];
  if ((value ?? null) === null && nullable) return null;
  const parsed = SHAPES[kind].safeParse(value);
  if (!parsed.success) throw new ShardError(`its column ${dataName(name)} is missing, or holds something else`);
  return parsed.data;
}
