import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { csvHeader, csvText } from '../domain/csv.ts';
import { jsonLine } from '../domain/json-line.ts';
import { isCsvRow } from '../domain/record.ts';
import { formatCount } from '../observe/format.ts';
import { createProgress, type Progress } from '../observe/progress.ts';
import type { RecordReader } from '../ports.ts';
import { openStoreReader } from '../store/open-store.ts';
import { type Command, EXIT, type Output, UsageError } from './command.ts';
import { loadSettings } from './load-settings.ts';

type Format = 'csv' | 'jsonl';

export const exportCommand: Command = {
  usage: 'export [--format csv|jsonl] [--since 7d] [--out FILE]',
  about: 'what was measured: the fourteen columns as CSV, or every attempt and column as JSON lines',
  options: { format: { type: 'string' }, since: { type: 'string' }, out: { type: 'string' } },
  words: { min: 0, max: 0 },
  async run(_words, { format = 'csv', since, out }, console) {
    if (format !== 'csv' && format !== 'jsonl') throw new UsageError(`--format must be csv or jsonl, not ${format}`);
    const sinceMs = since === undefined ? undefined : parseSince(String(since), Date.now());
    if (sinceMs === null) throw new UsageError(`--since must be like 36h, 7d or 2026-08-01T12:00Z, not ${since}`);

    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    using reader = openStoreReader(config.store);
    const job = { reader, format, sinceMs, progress: createProgress(console.stderr), stop: console.stop } as const;
    try {
      const records = await exportRecords({ ...job, out: typeof out === 'string' ? out : console.stdout });
      if (out !== undefined) console.stderr.write(`${formatCount(records)} records written to ${out}\n`);
      return EXIT.done;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!console.stop.aborted && code === undefined) throw error;
      console.stderr.write(console.stop.aborted ? 'stopped\n' : `The export cannot be written (${code}).\n`);
      return EXIT.failed;
    }
  },
};

/** Records until others get a turn, to ask us to stop. */
const TURN = 100;

export interface Export {
  readonly reader: RecordReader;
  readonly format: Format;
  /** Unix ms: cycles due at or after it; all without. */
  readonly sinceMs?: number | undefined;
  /** A file, which appears only when it is whole; or an output, which may be a stream that takes its time. */
  readonly out: string | Output;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

/**
 * Streams the store in constant memory. CSV holds the rows that the dataset's CSV holds; JSON lines hold every attempt.
 *
 * @returns how many records were written; whoever reads our output may close it early
 * @throws an AbortError when asked to stop, and what the disk says when it refuses
 */
export async function exportRecords({ reader, format, sinceMs, out, progress, stop }: Export): Promise<number> {
  let count = 0;
  async function* texts() {
    if (format === 'csv') yield csvHeader();
    for (const record of reader.read(sinceMs === undefined ? {} : { sinceMs })) {
      if (format === 'csv' && !isCsvRow(record)) continue;
      yield format === 'csv' ? csvText([record]) : jsonLine(record);
      count++;
      if (count % TURN === 0) await setImmediate();
      progress.tick(record.cycleTimestampIso);
    }
  }
  progress.start(null);
  try {
    if (typeof out === 'string') await writeWholeFile(out, texts(), stop);
    else await pipeline(Readable.from(texts()), asStream(out), { end: false, signal: stop });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    progress.done();
  }
  return count;
}

/** Under another name first: after a failure there is the old file or none, never half of one. */
async function writeWholeFile(path: string, texts: AsyncIterable<string>, stop: AbortSignal): Promise<void> {
  const partPath = `${path}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(texts), createWriteStream(partPath, { flush: true }), { signal: stop });
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

const UNIT_MS = { min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * `90min`, `36h` and `7d` count back from now; a date or moment is ISO 8601, UTC unless it says otherwise.
 *
 * @returns Unix ms; null for anything else
 */
export function parseSince(text: string, nowMs: number): number | null {
  const length = /^(\d{1,6})(min|h|d)$/.exec(text);
  if (length) return nowMs - Number(length[1]) * UNIT_MS[length[2] as keyof typeof UNIT_MS];
  const parts = MOMENT.exec(text);
  if (!parts) return null;
  const atMs = Date.parse(parts[1] && !parts[4] ? `${text}Z` : text);
  return Number.isNaN(atMs) ? null : atMs;
}
