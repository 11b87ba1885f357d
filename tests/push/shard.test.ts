import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AttemptRecord,
  COLUMN_NAMES,
  COLUMNS,
  type ColumnName,
  dataName,
  SCHEMA_VERSION,
} from '../../src/domain/record.ts';
import { buildShard } from '../../src/push/shard.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { tempDir } from '../support/temp-dir.ts';

const HOSTILE = [...HOSTILE_TEXTS, 'x'.repeat(70_000)];

/** What the independent reader should say of a record: timestamps as dates, integers as bigints. */
function asRead(record: AttemptRecord): Record<string, unknown> {
  const value = (name: ColumnName) => {
    const given = record[name];
    if (given === null) return null;
    if (COLUMNS[name].kind === 'timestamp') return new Date(given as string);
    return COLUMNS[name].kind === 'integer' ? BigInt(given as number) : given;
  };
  return Object.fromEntries(COLUMN_NAMES.map((name) => [dataName(name), value(name)]));
}

/** A row whose every nullable column is null, then one whose every column has a value. */
const EMPTIEST = Object.fromEntries(
  COLUMN_NAMES.filter((name) => COLUMNS[name].nullable).map((name) => [name, null]),
) as Partial<AttemptRecord>;

test('an independent reader finds every column of every row as it was', async () => {
  const records = [
    aRecord(),
    aSkippedRecord(),
    aRecord({ ...EMPTIEST, requestId: 'the emptiest' }),
    aRecord({ conformance: ['no_done', 'no_usage'], chunkAtMs: [0.1, 1e9, 2 ** -40] }),
    aRecord({ conformance: [], chunkAtMs: [] }),
    aRecord({ chunkAtMs: null }),
    aRecord({ completionTokens: Number.MAX_SAFE_INTEGER, responseStatusCode: -1, final: false }),
  ];
  expect(await queryParquet([await buildShard(records)])).toEqual(records.map(asRead));
});

test('hostile text comes back byte for byte, wherever it stands', async () => {
  const records = HOSTILE.map((text) =>
    aRecord({ modelId: text, responseBodyRaw: text, errorMessage: text, conformance: [text, 'and', text] }),
  );
  const rows = await queryParquet(
    [await buildShard(records)],
    `SELECT hex(model_id) AS repeating, hex(response_body_raw) AS body, hex(error_message) AS plain,
       list_transform(conformance, lambda text: hex(text)) AS listed FROM read_parquet($files)`,
  );
  const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
  expect(rows).toEqual(
    HOSTILE.map(hex).map((text) => ({ repeating: text, body: text, plain: text, listed: [text, hex('and'), text] })),
  );
});

test('columns are typed: UTC timestamps, lists, integers, booleans, and required where they are always known', async () => {
  const rows = await queryParquet([await buildShard([aRecord()])], 'DESCRIBE SELECT * FROM read_parquet($files)');
  const types = Object.fromEntries(rows.map(({ column_name, column_type }) => [column_name, column_type]));
  expect(types).toMatchObject({
    cycle_timestamp_iso: 'TIMESTAMP WITH TIME ZONE',
    request_start_iso: 'TIMESTAMP WITH TIME ZONE',
    model_id: 'VARCHAR',
    duration_ms: 'DOUBLE',
    response_status_code: 'BIGINT',
    completion_tokens: 'BIGINT',
    final: 'BOOLEAN',
    chunk_at_ms: 'DOUBLE[]',
    conformance: 'VARCHAR[]',
  });
  expect(Object.keys(types)).toEqual(COLUMN_NAMES.map(dataName));

  const schema = await queryParquet([await buildShard([])], 'SELECT name, repetition_type FROM parquet_schema($files)');
  const required = schema.filter(({ repetition_type }) => repetition_type === 'REQUIRED').map(({ name }) => name);
  const always = COLUMN_NAMES.filter((name) => !COLUMNS[name].nullable).map(dataName);
  expect(required.filter((name) => name !== 'element')).toEqual(always);
});

test('a count that is no integer is unknown, and stops nothing', async () => {
  const records = [aRecord({ completionTokens: 12.5, promptTokens: 1e300, reasoningTokens: Number.NaN })];
  const [row] = await queryParquet([await buildShard(records)]);
  expect(row).toMatchObject({ completion_tokens: null, prompt_tokens: null, reasoning_tokens: null });
});

test('the same records give the same bytes, whatever comes between', async () => {
  const records = Array.from({ length: 1200 }, (_, i) => aRecord({ requestId: `r${i}`, ttftMs: i / 3 }));
  const first = await buildShard(records);
  await buildShard([aSkippedRecord()]);
  expect(Buffer.from(await buildShard(records)).equals(Buffer.from(first))).toBe(true);
});

test('a shard without records is a file with every column', async () => {
  const rows = await queryParquet([await buildShard([])], 'DESCRIBE SELECT * FROM read_parquet($files)');
  expect(rows).toHaveLength(COLUMN_NAMES.length);
  expect(await queryParquet([await buildShard([])])).toEqual([]);
});

test('row groups are small, so that building holds few records at once', async () => {
  const records = Array.from({ length: 2500 }, () => aSkippedRecord());
  const groups = await queryParquet(
    [await buildShard(records)],
    'SELECT row_group_num_rows AS n FROM parquet_metadata($files) WHERE column_id = 0',
  );
  expect(groups).toEqual([{ n: 1000n }, { n: 1000n }, { n: 500n }]);
});

test('repeating text is in a dictionary, and everything is zstd', async () => {
  const columns = await queryParquet(
    [await buildShard([aRecord(), aRecord()])],
    'SELECT path_in_schema AS name, encodings, compression FROM parquet_metadata($files)',
  );
  expect(columns.filter(({ compression }) => compression !== 'ZSTD')).toEqual([]);
  const inDictionary = columns.filter(({ encodings }) => String(encodings).includes('RLE_DICTIONARY'));
  const repeating = COLUMN_NAMES.filter((name) => COLUMNS[name].repeats).map(dataName);
  expect(inDictionary.map(({ name }) => name)).toEqual(expect.arrayContaining(repeating));
});

test('every column has a page index before the footer, and large bodies are spread over pages', async () => {
  const bodies = Array.from({ length: 20 }, (_, i) => aRecord({ responseBodyRaw: `${i}`.repeat(40_000) }));
  const ofOnePage = await bytesOfPageIndex(await buildShard([aRecord()]));
  expect(ofOnePage).toBeGreaterThan(8 * COLUMN_NAMES.length);
  expect(await bytesOfPageIndex(await buildShard(bodies))).toBeGreaterThan(ofOnePage);
});

/** What stands between the last column and the footer. */
async function bytesOfPageIndex(shard: Uint8Array): Promise<number> {
  const [{ ends } = {}] = await queryParquet(
    [shard],
    `SELECT max(coalesce(dictionary_page_offset, data_page_offset) + total_compressed_size) AS ends
     FROM parquet_metadata($files)`,
  );
  const footerBytes = new DataView(shard.buffer, shard.byteOffset).getUint32(shard.length - 8, true);
  return shard.length - 8 - footerBytes - Number(ends);
}

test('the version of the schema is in the metadata of the file', async () => {
  const metadata = await queryParquet(
    [await buildShard([aRecord()])],
    'SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata($files)',
  );
  expect(metadata).toEqual([{ key: 'schema_version', value: String(SCHEMA_VERSION) }]);
});

test('shards of different batches read as one table', async () => {
  const batches = [[aRecord()], [aSkippedRecord(), aRecord({ attempt: 2 })], []];
  const shards = await Array.fromAsync(batches, (records) => buildShard(records));
  const [{ n } = { n: 0n }] = await queryParquet(shards, 'SELECT count(*) AS n FROM read_parquet($files)');
  expect(n).toBe(3n);
});

describe('the schema over the years', () => {
  const fixtures = join(import.meta.dir, '../fixtures/shards');
  const describeColumns = 'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($files))';
  const versions = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);
  const shardOf = (version: number) => readFileSync(join(fixtures, `v${version}.parquet`));

  test.each(versions)(
    'version %d is kept as a file, and every column of it is written today with the same type',
    async (version) => {
      const then = await queryParquet([shardOf(version)], describeColumns);
      const now = await queryParquet([await buildShard([])], describeColumns);
      expect(now).toEqual(expect.arrayContaining([...then]));
      if (version === SCHEMA_VERSION) expect(now).toEqual(then); // another column is another version, with a file of its own
    },
  );

  test('files of every version, and of one to come, read as one table', async () => {
    const later = await withAnotherColumn(await buildShard([aRecord({ requestId: 'later' })]));
    const rows = await queryParquet(
      [...versions.map(shardOf), await buildShard([aRecord({ requestId: 'now' })]), later],
      `SELECT outcome, count(*) AS n, count(added_ms) AS added FROM read_parquet($files, union_by_name = true)
       GROUP BY outcome ORDER BY outcome`,
    );
    const kept = BigInt(versions.length);
    expect(rows).toEqual([
      { outcome: 'ok', n: kept + 2n, added: 1n },
      { outcome: 'skipped', n: kept, added: 0n },
      { outcome: 'target_error', n: kept, added: 0n },
    ]);
  });
});

async function withAnotherColumn(shard: Uint8Array): Promise<Uint8Array> {
  using folder = tempDir();
  const path = join(folder.path, 'later.parquet');
  await queryParquet([shard], `COPY (SELECT *, 1.5::DOUBLE AS added_ms FROM read_parquet($files)) TO '${path}'`);
  return readFileSync(path);
}
