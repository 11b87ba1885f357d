import { visible } from '../lib/visible.ts';
import { createProgress } from '../observe/progress.ts';
import type { DatasetSource, ShardFile } from '../push/dataset-source.ts';
import { readShard, ShardError } from '../push/read-shard.ts';
import type { Importer } from '../store/importer.ts';
import type { Console } from './command.ts';

/** It could not be finished; the message says where it stopped and why. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Puts all of it into the store, which goes on as `writer`. @returns how many attempts were new. @throws ImportError, HubFailure */
export async function fillStore(
  { shards, dayFiles }: DatasetSource,
  writer: string,
  store: Importer,
  { stderr, stop }: Pick<Console, 'stderr' | 'stop'>,
): Promise<number> {
  const progress = createProgress(stderr);
  progress.start(shards.length);
  let added = 0;
  try {
    for (const shard of shards) {
      if (stop.aborted) throw new ImportError('stopped');
      if (shard.sha256 === null || !store.has(shard.sha256)) added += await about(shard, () => addOne(shard, store));
      progress.tick(shard.path);
    }
  } finally {
    progress.done();
  }
  store.finish(dayFiles && daysOf(writer, dayFiles));
  return added;
}

async function addOne(shard: ShardFile, store: Importer): Promise<number> {
  const { file, sha256 } = await shard.open();
  if (store.has(sha256)) return 0;
  const name = shard.path.replace(/^.*\//, '').replace(/\.parquet$/, '');
  return store.add({ name, sha256 }, readShard(file));
}

/** Whatever is wrong with a shard is said with its path. */
export async function about<T>({ path }: ShardFile, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof ShardError || (error as Error).name === 'StoreError')
      throw new ImportError(`${visible(path)}: ${(error as Error).message}`);
    throw error;
  }
}

/** `data/<writer>/<yyyy-mm>/<batch>.parquet`, as a push names a shard. @returns null for any other path */
export function writerAndBatch(path: string): { readonly writer: string; readonly batch: string } | null {
  const [, writer, batch] = /(?:^|\/)data\/([^/]+)\/\d{4}-\d\d\/([^/]+)$/.exec(path) ?? [];
  return writer === undefined || batch === undefined ? null : { writer, batch };
}

function daysOf(writer: string, dayFiles: readonly string[]): ReadonlySet<string> {
  const folder = `csv/${writer}/`;
  return new Set(
    dayFiles.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length, -'.csv'.length)),
  );
}
