import { appendFileSync, closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { csvHeader, csvText } from '../domain/csv.ts';
import type { CsvView } from './csv-views.ts';
import { errorCode } from './errors.ts';
import type { StoredRecord } from './reader.ts';

/** A CSV file for people that follows the store. */
export interface CsvBuffer {
  /**
   * Brings the file up to the store: new rows are appended; when rows left (a push, a new day), at the first call, and when the file is not as
   * we left it, it is truncated and written anew in place, so that `tail -f` lives on. Call it after each durable append and each push.
   *
   * @returns why the file could not be written, in words that stay the same while the trouble lasts; null when it equals the store
   */
  refresh(): string | null;
}

/** How far the file is known to follow the store. */
interface Progress {
  readonly edition: string;
  readonly seq: number;
  readonly bytes: number;
}

const ROWS_PER_WRITE = 100;

/** Nothing is read back from the file, and nothing it suffers harms the store. */
export function createCsvBuffer(path: string, view: CsvView): CsvBuffer {
  let progress: Progress | null = null;

  function follow(file: number): void {
    const edition = view.edition();
    if (progress?.edition !== edition || progress.bytes !== fstatSync(file).size) {
      ftruncateSync(file, 0);
      progress = { edition, seq: 0, bytes: 0 };
      write(file, csvHeader(), progress);
    }
    for (const rows of chunks(view.rowsAfter(progress.seq))) {
      write(file, csvText(rows.map(({ record }) => record)), { ...progress, seq: rows.at(-1)!.seq });
    }
  }

  function write(file: number, text: string, { edition, seq, bytes }: Progress): void {
    try {
      appendFileSync(file, text);
    } catch (error) {
      ftruncateSync(file, bytes); // no torn line: a full disk may have taken half of it
      throw error;
    }
    progress = { edition, seq, bytes: bytes + Buffer.byteLength(text) };
  }

  return {
    refresh() {
      let file: number | undefined;
      try {
        file = openSync(path, 'a');
        follow(file);
        return null;
      } catch (error) {
        return `the CSV buffer cannot be written (${errorCode(error)})`;
      } finally {
        if (file !== undefined) closeSync(file);
      }
    },
  };
}

function* chunks(rows: Iterable<StoredRecord>): Iterable<readonly StoredRecord[]> {
  let chunk: StoredRecord[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_WRITE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
