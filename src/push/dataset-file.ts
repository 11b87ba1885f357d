import { csvHeader, csvText } from '../domain/csv.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Batch } from '../domain/types.ts';
import type { BatchStore } from '../ports.ts';
import { sha256 } from './content-hash.ts';
import { buildShard } from './shard.ts';

/** A file that is written once, under a path that follows from what it holds. */
export interface DatasetFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly holds: { readonly batch: Batch } | { readonly day: string };
  /** sha256 of the file as it was built before a crash or a failure; null when it never was. */
  readonly builtBefore: string | null;
  /** Records that the batch was sealed with and the store no longer has. */
  readonly lost: number;
}

/** Under the Hub's limit of 100 a commit, with room for what is renewed. */
const FILES_PER_COMMIT = 90;
/** Bounds what is held in memory, several times over while it is uploaded: files are built as they are asked for. One file may be larger. */
const BYTES_PER_COMMIT = 32 * 1024 * 1024;
const RECORDS_PER_PIECE = 500;

/** The shards of sealed batches, then closed days, in groups that fit into one commit each. */
export async function* filesByCommit(
  batches: readonly Batch[],
  days: readonly string[],
  writer: string,
  store: BatchStore,
): AsyncGenerator<readonly DatasetFile[]> {
  let group: DatasetFile[] = [];
  let bytes = 0;
  for await (const file of datasetFiles(batches, days, writer, store)) {
    if (group.length === FILES_PER_COMMIT || (group.length > 0 && bytes + file.bytes.length > BYTES_PER_COMMIT)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(file);
    bytes += file.bytes.length;
    if (bytes < BYTES_PER_COMMIT) continue;
    yield group; // before the next file is built: a day may be as large as all of this
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

async function* datasetFiles(
  batches: readonly Batch[],
  days: readonly string[],
  writer: string,
  store: BatchStore,
): AsyncGenerator<DatasetFile> {
  for (const batch of batches) {
    let lost = batch.attempts;
    const bytes = await buildShard(
      (async function* () {
        for await (const record of store.recordsOf(batch.name)) {
          lost--;
          yield record;
        }
      })(),
    );
    if (batch.sha256 === null) await store.built(batch.name, sha256(bytes));
    yield { path: shardPath(writer, batch), bytes, holds: { batch }, builtBefore: batch.sha256, lost };
  }
  for (const day of days) {
    const bytes = await csvFile([store.csvRowsOfFile(day)]);
    yield { path: `csv/${writer}/${day}.csv`, bytes, holds: { day }, builtBefore: null, lost: 0 };
  }
}

export const shardPath = (writer: string, { name, firstCycleAtMs }: Batch) =>
  `data/${writer}/${new Date(firstCycleAtMs).toISOString().slice(0, 7)}/${name}.parquet`;

/** Header and rows, encoded piece by piece: a day with its replies can be large. */
export async function csvFile(parts: readonly AsyncIterable<AttemptRecord>[]): Promise<Uint8Array> {
  const pieces = [Buffer.from(csvHeader())];
  for (const records of parts) {
    let waiting: AttemptRecord[] = [];
    for await (const record of records) {
      waiting.push(record);
      if (waiting.length < RECORDS_PER_PIECE) continue;
      pieces.push(Buffer.from(csvText(waiting)));
      waiting = [];
      Bun.gc(true); // left to itself the heap holds the texts of many pieces
    }
    if (waiting.length > 0) pieces.push(Buffer.from(csvText(waiting)));
  }
  return Buffer.concat(pieces);
}
