import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { csvHeader, csvText } from '../domain/csv.ts';
import { jsonLine } from '../domain/json-line.ts';
import { type AttemptRecord, isCsvRow } from '../domain/record.ts';
import type { Progress } from '../observe/progress.ts';
import type { RecordRange, RecordReader } from '../ports.ts';
import { writeParquetFile } from '../push/shard.ts';
import type { Output } from './command.ts';

export const FORMATS = ['csv', 'jsonl', 'parquet'] as const;

/** Records until others get a turn, to ask us to stop. */
const TURN = 100;

export interface Export {
  readonly reader: RecordReader;
  readonly format: (typeof FORMATS)[number];
  readonly range?: RecordRange;
  /** A file, which appears only when it is whole; or an output, which may be a stream that takes its time. Parquet needs a file. */
  readonly out: string | Output;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

/**
 * Streams the store in constant memory. CSV holds the rows that the dataset's CSV holds; JSON lines and Parquet hold every attempt.
 *
 * @returns how many records were written; whoever reads our output may close it early
 * @throws an AbortError when asked to stop, and what the disk says when it refuses
 */
export async function exportRecords({ reader, format, range, out, progress, stop }: Export): Promise<number> {
  let count = 0;
  async function* records(): AsyncGenerator<AttemptRecord> {
    for await (const record of reader.read(range)) {
      if (format === 'csv' && !isCsvRow(record)) continue;
      yield record;
      count++;
      if (count % TURN === 0) await setImmediate();
      stop.throwIfAborted();
      progress.tick(record.cycleTimestampIso);
    }
  }
  progress.start(null);
  try {
    if (typeof out !== 'string') await pipeline(texts(), asStream(out), { end: false, signal: stop });
    else if (format === 'parquet') await writeWholeFile(out, (path) => writeParquet(path, records()));
    else
      await writeWholeFile(out, (path) =>
        pipeline(texts(), createWriteStream(path, { flush: true }), { signal: stop }),
      );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    progress.done();
  }
  return count;

  function texts(): Readable {
    return Readable.from(format === 'csv' ? csvLines(records()) : jsonLines(records()));
  }
}

async function* csvLines(records: AsyncIterable<AttemptRecord>): AsyncGenerator<string> {
  yield csvHeader();
  for await (const record of records) yield csvText([record]);
}

async function* jsonLines(records: AsyncIterable<AttemptRecord>): AsyncGenerator<string> {
  for await (const record of records) yield jsonLine(record);
}

/** On the disk when it returns. */
async function writeParquet(path: string, records: AsyncIterable<AttemptRecord>): Promise<void> {
  await writeParquetFile(path, records);
  await using file = await open(path, 'r+');
  await file.sync();
}

/** Under another name first: after a failure there is the old file or none, never half of one. */
async function writeWholeFile(path: string, write: (path: string) => Promise<void>): Promise<void> {
  const partPath = `${path}.${process.pid}.part`;
  try {
    await write(partPath);
    await rename(partPath, path);
  } catch (error) {
    await rm(partPath, { force: true });
    throw error;
  }
}

/** A stream tells when it can take more; anything else takes all at once. */
function asStream(output: Output): Writable {
  if (output instanceof Writable) return output;
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      output.write(text);
      done();
    },
  });
}
