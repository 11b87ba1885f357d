import { afterAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { csvHeader } from '../../src/domain/csv.ts';
import { type AttemptRecord, CSV_COLUMN_NAMES, dataName, isCsvRow } from '../../src/domain/record.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { localDataset } from '../support/local-dataset.ts';
import { askPython, pythonWith } from '../support/python.ts';

const REPO = 'acme/metrics';
const LONE_SURROGATES = ['\ud800', 'high \udbff and low \udc00', '\udc00\ud800'];
const TEXTS = [...HOSTILE_TEXTS, ...LONE_SURROGATES];

const at = (day: number, i: number, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: `2026-08-0${day}T12:00:00.000Z`, providerName: `p${i}`, ...overrides });
const FAILED = { outcome: 'target_error', errorClass: 'http_5xx', errorPhase: 'headers', errorMessage: '503' } as const;

/** Three days and today, in three pushes; hostile texts wherever the CSV has one, and a row that comes after its day was pushed. */
const dataset = await localDataset(
  REPO,
  [
    ...TEXTS.map((text, i) => at(1, i, { responseBodyRaw: text, errorMessage: text, requestBody: text })),
    at(2, 1),
    at(2, 2, { ...FAILED, attempt: 1, final: false }),
    at(2, 2, { attempt: 2 }),
    aSkippedRecord({ cycleTimestampIso: '2026-08-02T12:00:00.000Z' }),
  ],
  [at(3, 1, FAILED), at(3, 2), at(4, 1), at(2, 9)],
  [at(4, 2, { outcome: 'rate_limited', errorClass: 'http_429', errorMessage: '429', responseStatusCode: 429 })],
);
const { folder, card, stored } = dataset;
afterAll(() => dataset[Symbol.dispose]());
const files = (kind: string) => dataset.paths.filter((path) => path.startsWith(kind)).map((path) => join(folder, path));

const outcomesOf = (records: readonly AttemptRecord[]) =>
  Object.fromEntries(
    [...Map.groupBy(records, ({ outcome }) => outcome)].map(([outcome, of]) => [outcome, of.length]).sort(),
  );
/** Null and the empty text are one in a CSV. */
const fieldsOf = (record: AttemptRecord) => CSV_COLUMN_NAMES.map((name) => String(record[name] ?? ''));
const csvRows = () => stored.filter(isCsvRow).map(fieldsOf).sort();
const closedRows = () => csvRows().filter(([due = '']) => due < '2026-08-04');

/** The lines of the card, as they stand there but for the place of the dataset. */
const snippets = [...card.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code: code.replaceAll(`hf://datasets/${REPO}`, folder).replaceAll(`"${REPO}"`, JSON.stringify(folder)),
}));
const snippetsIn = (language: string) =>
  snippets.filter((snippet) => snippet.language === language).map(({ code }) => code);

async function sql(query: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(query)).getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test('the dataset of this file is what it should be: shards, a file per day, one for a late row, a card', () => {
  expect(dataset.paths.map((path) => path.replace(/\d{8}T\d{6}Z/, 'sealed'))).toEqual([
    'data/w1/2026-08/sealed-000001.parquet',
    'csv/w1/2026-08-01.csv',
    'csv/w1/2026-08-02.csv',
    'daily/w1/2026-08.parquet',
    'metrics.csv',
    'README.md',
    'data/w1/2026-08/sealed-000002.parquet',
    'csv/w1/2026-08-02-2.csv',
    'csv/w1/2026-08-03.csv',
    'data/w1/2026-08/sealed-000003.parquet',
  ]);
  expect(snippets.map(({ language }) => language)).toEqual(['python', 'sql', 'python', 'python', 'python']);
});

describe('with DuckDB', () => {
  test('the line of the card gives the counts of the store', async () => {
    const [line] = snippetsIn('sql');
    const rows = await sql(line!);
    expect(Object.fromEntries(rows.map(({ outcome, attempts }) => [outcome, Number(attempts)]).sort())).toEqual(
      outcomesOf(stored),
    );
  });

  test('the day files and what is in metrics.csv of today are every row of the CSV once, byte for byte', async () => {
    const columns = CSV_COLUMN_NAMES.map((name) => `'${dataName(name)}': 'VARCHAR'`).join(', ');
    const read = (paths: readonly string[]) => `read_csv([${paths.map((path) => `'${path}'`)}], columns = {${columns}},
      header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', max_line_size = 4000000)`;
    const text = CSV_COLUMN_NAMES.map((name) => `hex(coalesce(${dataName(name)}, '')) AS ${dataName(name)}`).join(', ');
    const rows = await sql(`SELECT ${text} FROM ${read(files('csv/'))}
      UNION ALL SELECT ${text} FROM ${read(files('metrics.csv'))} WHERE cycle_timestamp_iso >= '2026-08-04'`);
    const textOf = (hex: unknown) => Buffer.from(String(hex), 'hex').toString(); // the client itself drops byte-order marks
    const found = rows.map((row) => CSV_COLUMN_NAMES.map((name) => textOf(row[dataName(name)])));
    expect(found.sort()).toEqual(csvRows());
  });

  test('hostile texts are in the shards byte for byte, lone surrogates as U+FFFD', async () => {
    const rows =
      await sql(`SELECT hex(response_body_raw) AS body, hex(request_body) AS request, hex(error_message) AS error
      FROM read_parquet([${files('data/').map((path) => `'${path}'`)}]) WHERE cycle_timestamp_iso < '2026-08-02'`);
    const hex = TEXTS.map((text) => Buffer.from(text.toWellFormed()).toString('hex').toUpperCase());
    expect(rows.map(({ body }) => body as string).sort()).toEqual(hex.sort());
    expect(rows.filter(({ body, request, error }) => body !== request || body !== error)).toEqual([]);
  });
});

const PACKAGES = ['datasets==5.2.0', 'pandas==3.1.1', 'polars==2.1.0', 'pyarrow==26.0.1'];
const python = await pythonWith(PACKAGES);
if ('missing' in python) console.warn(`The Python lines of the card are not tested: ${python.missing}.`);

describe.skipIf('missing' in python)('with Python', () => {
  const ask = (program: string, input: unknown) =>
    askPython('command' in python ? python.command : '', program, input, join(folder, '..'));

  test('each line of the card runs as written: those for attempts give the counts of the store, that for the CSV its closed days', async () => {
    const program = `
import collections, json, sys
counts, rows, classic, days = [], [], [], set()
for code in json.loads(sys.argv[1]):
    scope = {}
    exec(code, scope)
    if "attempts" in scope:
        counts.append(dict(collections.Counter(scope["attempts"]["outcome"])))
        if "classic" in scope:
            classic += scope["classic"]["request_url"]
            days |= set(str(day) for day in scope["daily"]["day"])
    else:
        rows += [list(row.values()) for row in scope["rows"]]
print(json.dumps({"counts": counts, "rows": rows, "classic": len(classic), "days": sorted(days)}))`;
    const found = await ask(program, snippetsIn('python'));
    const { counts, rows, classic, days } = found as {
      counts: unknown[];
      rows: unknown[][];
      classic: number;
      days: string[];
    };
    const expected = outcomesOf(stored);
    expect(counts).toEqual([expected, expected, expected]);
    expect(classic).toBe(csvRows().length);
    expect(days).toEqual(['2026-08-01', '2026-08-02', '2026-08-03']);
    expect(rows.map((row) => row.map(String)).sort()).toEqual(closedRows());
  }, 120_000);

  test('the csv module reads the day files byte for byte', async () => {
    const program = `
import csv, json, sys
rows = []
for path in json.loads(sys.argv[1]):
    with open(path, encoding="utf-8", newline="") as file:
        rows += list(csv.reader(file, strict=True))
print(json.dumps(rows))`;
    const rows = (await ask(program, files('csv/'))) as string[][];
    const [header] = rows;
    expect(`${header!.join(',')}\n`).toBe(csvHeader());
    expect(rows.filter((row) => row[0] !== header![0]).sort()).toEqual(closedRows());
  }, 120_000);

  test('every column of a shard has a page index, and the order is declared', async () => {
    const program = `
import json, sys
import pyarrow.parquet as parquet
meta = parquet.read_metadata(json.loads(sys.argv[1]))
groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
print(json.dumps({
    "unindexed": [c.path_in_schema for g in groups for c in map(g.column, range(g.num_columns)) if not c.has_offset_index],
    "sorting": [[s.column_index, s.descending, s.nulls_first] for s in groups[0].sorting_columns],
}))`;
    expect(await ask(program, files('data/')[0])).toEqual({
      unindexed: [],
      sorting: [
        [1, false, true],
        [2, false, true],
      ],
    });
  }, 120_000);
});

test('a card read by a person has no line that is not tested', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(readme).toBe(card);
  expect(readme.match(/^```$/gm)).toHaveLength(snippets.length);
});
