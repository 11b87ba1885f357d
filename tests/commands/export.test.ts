import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Export, exportRecords } from '../../src/commands/export-records.ts';
import { rangeOf } from '../../src/commands/range.ts';
import { type AttemptRecord, COLUMN_NAMES, CSV_COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { createProgress } from '../../src/observe/progress.ts';
import type { RecordReader } from '../../src/ports.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import { parseCsv } from '../support/csv.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { tempDir } from '../support/temp-dir.ts';

const readerOf = (...records: readonly AttemptRecord[]): RecordReader => ({
  async *read({ sinceMs = 0 } = {}) {
    yield* records.filter(({ cycleTimestampIso }) => Date.parse(cycleTimestampIso) >= sinceMs);
  },
});

const nowhere = { write: () => true };

async function exported(overrides: Partial<Export>): Promise<{ readonly text: string; readonly count: number }> {
  const written: string[] = [];
  const count = await exportRecords({
    reader: readerOf(),
    format: 'jsonl',
    out: { write: (text: string) => written.push(text) },
    progress: createProgress(nowhere),
    stop: new AbortController().signal,
    ...overrides,
  });
  return { text: written.join(''), count };
}

/** More than can be held. */
function endless(): RecordReader & { readonly given: () => number } {
  let given = 0;
  const record = aRecord();
  return {
    given: () => given,
    async *read() {
      for (;;) {
        given++;
        yield record;
      }
    },
  };
}

describe('export', () => {
  test('as CSV has the fourteen columns of final attempts of standard probes that were sent', async () => {
    const reader = readerOf(
      aRecord({ final: false, responseStatusCode: 503 }),
      aRecord({ attempt: 2, errorMessage: 'said "no",\nthen nothing' }),
      aRecord({ probeKind: 'confirm' }),
      aSkippedRecord(),
    );

    const { text, count } = await exported({ reader, format: 'csv' });

    const [header, ...rows] = parseCsv(text);
    expect(header).toEqual(CSV_COLUMN_NAMES.map(dataName));
    expect(rows.map((row) => row.at(-1))).toEqual(['said "no",\nthen nothing']);
    expect(count).toBe(1);
  });

  test('as CSV of nothing is the header alone', async () => {
    expect((await exported({ format: 'csv' })).text).toBe(`${CSV_COLUMN_NAMES.map(dataName).join(',')}\n`);
  });

  test('as JSON lines has every attempt with every column, unknown as null', async () => {
    const { text, count } = await exported({ reader: readerOf(aRecord({ final: false }), aSkippedRecord()) });

    const [first, second] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(count).toBe(2);
    expect(Object.keys(first)).toEqual(COLUMN_NAMES.map(dataName));
    expect(first).toMatchObject({ final: false, chunk_at_ms: [300, 400, 500], answer_correct: true, conformance: [] });
    expect(second).toMatchObject({ outcome: 'skipped', attempt: 0, request_url: null, ttft_ms: null });
  });

  test('begins with the cycle that it is told to begin with', async () => {
    const cycleTimestampIso = new Date(DUE_AT_MS + 1000).toISOString();

    const { count } = await exported({
      reader: readerOf(aRecord(), aRecord({ cycleTimestampIso })),
      range: { sinceMs: DUE_AT_MS + 1 },
    });

    expect(count).toBe(1);
  });

  test('as Parquet has every attempt with every column, in row groups, for a reader that shares nothing with us', async () => {
    using folder = tempDir();
    const out = join(folder.path, 'out.parquet');
    const records = Array.from({ length: 2_100 }, (_, i) => aRecord({ modelId: `a/${i}` }));

    const { count } = await exported({ reader: readerOf(...records, aSkippedRecord()), format: 'parquet', out });

    const [found] = await queryParquet(
      [readFileSync(out)],
      `SELECT count(*)::INT AS n, count(DISTINCT attempt_id)::INT AS ids, count(request_url)::INT AS sent,
         min(len(chunk_at_ms))::INT AS chunks, (SELECT max(num_row_groups)::INT FROM parquet_file_metadata($files)) AS groups FROM read_parquet($files)`,
    );
    expect(found).toEqual({ n: 2_101, ids: 2_101, sent: 2_100, chunks: 3, groups: 2 });
    expect(count).toBe(2_101);
    expect(readdirSync(folder.path)).toEqual(['out.parquet']);
  });

  test('as Parquet of nothing is a file without rows', async () => {
    using folder = tempDir();
    const out = join(folder.path, 'out.parquet');
    await exported({ format: 'parquet', out });
    expect(await queryParquet([readFileSync(out)])).toEqual([]);
  });

  test('into a file replaces it once it is whole, and leaves nothing beside it', async () => {
    using folder = tempDir();
    const out = join(folder.path, 'out.csv');
    writeFileSync(out, 'what was there before');

    await exported({ reader: readerOf(aRecord()), format: 'csv', out });

    expect(parseCsv(readFileSync(out, 'utf8'))).toHaveLength(2);
    expect(readdirSync(folder.path)).toEqual(['out.csv']);
  });

  test('that fails or is stopped leaves the old file as it was', async () => {
    using folder = tempDir();
    const out = join(folder.path, 'out.jsonl');
    writeFileSync(out, 'what was there before');
    const stop = new AbortController();
    const reader = endless();
    const stopping = {
      async *read() {
        for await (const record of reader.read()) {
          if (reader.given() === 300) stop.abort();
          yield record;
        }
      },
    };
    const broken = {
      // biome-ignore lint/correctness/useYield: it breaks before
      async *read(): AsyncGenerator<AttemptRecord> {
        throw new Error('the disk is gone');
      },
    };

    await expect(exported({ reader: stopping, out, stop: stop.signal })).rejects.toThrow('aborted');
    await expect(exported({ reader: broken, out })).rejects.toThrow('the disk is gone');
    await expect(exported({ reader: broken, format: 'parquet', out })).rejects.toThrow('the disk is gone');

    expect(readFileSync(out, 'utf8')).toBe('what was there before');
    expect(readdirSync(folder.path)).toEqual(['out.jsonl']);
  });

  test('waits for a reader that takes its time, holding only a few records meanwhile', async () => {
    const reader = endless();
    const stop = new AbortController();
    let stalled = () => {};
    const full = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    const slow = new Writable({ highWaterMark: 1, write: () => stalled() }); // takes one and never asks for more

    const job = exported({ reader, out: slow, stop: stop.signal });
    await full;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    const given = reader.given();
    stop.abort();

    expect(given).toBeLessThan(100);
    await expect(job).rejects.toThrow('aborted');
  });

  test('ends without an error when whoever reads it has seen enough', async () => {
    let taken = 0;
    const closing = new Writable({
      write(_chunk, _encoding, done) {
        done(++taken < 3 ? null : Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });

    const { count } = await exported({
      reader: endless(),
      out: closing,
    });

    expect(taken).toBe(3);
    expect(count).toBeLessThan(200);
  });

  test('tells a person how far it is', async () => {
    const drawn: string[] = [];
    const terminal = { isTTY: true, columns: 80, write: (text: string) => drawn.push(text) };

    await exported({
      reader: readerOf(aRecord(), aRecord()),
      progress: createProgress(terminal, () => drawn.length * 1000),
    });

    expect(drawn.join('')).toContain('2  2026-08-03T12:00:00.000Z');
  });
});

describe('what to export', () => {
  const NOW_MS = Date.parse('2026-08-03T12:00:00Z');

  test('is everything, or a span of time, a model and a provider', () => {
    expect(rangeOf({}, NOW_MS)).toEqual({});
    expect(rangeOf({ since: '2d', until: '2026-08-03', model: 'acme/A', provider: 'p' }, NOW_MS)).toEqual({
      sinceMs: Date.parse('2026-08-01T12:00:00Z'),
      untilMs: Date.parse('2026-08-03T00:00:00Z'),
      modelId: 'acme/A',
      providerName: 'p',
    });
  });

  test('a moment that is none is refused by name', () => {
    expect(() => rangeOf({ until: 'noon' }, NOW_MS)).toThrow('--until must be like 36h, 7d');
  });
});
