import type { Config } from '../config.ts';
import { visible } from '../lib/visible.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import type { Log } from '../ports.ts';
import { type DatasetSource, hubSource, type ShardFile } from '../push/dataset-source.ts';
import { HubFailure } from '../push/hub-failure.ts';
import { locationsIn } from '../push/read-shard.ts';
import { StoreError } from '../store/errors.ts';
import { openForImport, whatAnImportFinds } from '../store/open-store.ts';
import type { Console } from './command.ts';
import { about, fillStore, ImportError, writerAndBatch } from './fill-store.ts';

/**
 * Where `IMPORT_AT_START` asks for it and the store is empty, brings back what this location has pushed, as on a machine whose
 * disk does not outlive it. What stands in the way before anything was taken is said, and the daemon begins without.
 *
 * @throws StoreError when it ends in the middle: half a history would be pushed again
 */
export async function importAtStart(
  config: Config,
  log: Log,
  console: Pick<Console, 'stderr' | 'stop'>,
): Promise<void> {
  const { importAtStart: repo, location } = config;
  if (repo === null) return;
  const found = whatAnImportFinds(config.store, { clock: SYSTEM_CLOCK });
  if (found === 'a store in use') return;
  let source: DatasetSource;
  let writer: string | null;
  try {
    const { hubEndpoint } = config.catalog;
    const all = await hubSource({ repo, token: config.hubToken, hubEndpoint, clock: SYSTEM_CLOCK }, console.stop);
    source = { ...all, shards: all.shards.filter(({ path }) => writerAndBatch(path) !== null) };
    writer = found === 'nothing' ? await lastWriterAt(location, source.shards) : found.writer;
  } catch (error) {
    if (!(error instanceof HubFailure) && !(error instanceof ImportError)) throw error;
    if (found !== 'nothing') throw inTheMiddle(error);
    if (error instanceof HubFailure && error.kind === 'aborted') return;
    log.warn({ reason: error.message }, 'nothing was imported: this store begins without what was pushed before');
    return;
  }
  if (writer === null) {
    log.info({ repo, location }, 'nothing to import: nothing was pushed from this location yet');
    return;
  }
  log.info({ repo, shards: source.shards.length, writer }, 'importing what was pushed: the store is empty');
  try {
    using store = openForImport(config.store, writer, { clock: SYSTEM_CLOCK });
    const attempts = await fillStore(source, writer, store, console);
    log.info({ attempts, writer }, 'imported; this store goes on where it ended');
  } catch (error) {
    throw error instanceof HubFailure || error instanceof ImportError ? inTheMiddle(error) : error;
  }
}

const inTheMiddle = (error: Error) =>
  new StoreError(
    `the import at the start ended in the middle: ${error.message}\nStart again, and it goes on from there. To begin without it: IMPORT_AT_START=off and another DATA_DIR.`,
  );

/**
 * The writer whose newest shard is from this location; of several the one that wrote last. A location is one machine's: as a
 * writer that runs elsewhere too, both would write the same files.
 */
async function lastWriterAt(location: string, shards: readonly ShardFile[]): Promise<string | null> {
  const newest = new Map<string, { readonly shard: ShardFile; readonly batch: string }>();
  for (const shard of shards) {
    const { writer, batch } = writerAndBatch(shard.path)!;
    if (batch > (newest.get(writer)?.batch ?? '')) newest.set(writer, { shard, batch });
  }
  const latestFirst = [...newest].toSorted(([, a], [, b]) => (a.batch > b.batch ? -1 : 1));
  for (const [writer, { shard }] of latestFirst) {
    if (!/^[\w-]{1,64}$/.test(writer)) throw new ImportError(`${visible(shard.path)}: this is no dataset of ours`);
    const locations = await about(shard, async () => locationsIn((await shard.open()).file));
    if (locations.has(location)) return writer;
  }
  return null;
}
