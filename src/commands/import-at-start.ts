import type { Config } from '../config.ts';
import { type Backoff, backoffMs } from '../lib/backoff.ts';
import { sleep } from '../lib/sleep.ts';
import { visible } from '../lib/visible.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import type { Log } from '../ports.ts';
import { hubSource, type ShardFile } from '../push/dataset-source.ts';
import { HubFailure, PASSING } from '../push/hub-failure.ts';
import { locationsIn } from '../push/read-shard.ts';
import { StoreError } from '../store/errors.ts';
import { openForImport, whatAnImportFinds } from '../store/open-store.ts';
import type { Console } from './command.ts';
import { about, fillStore, ImportError, writerAndBatch } from './fill-store.ts';

const BACKOFF: Backoff = { baseMs: 2_000, capMs: 60_000 };
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Where `IMPORT_AT_START` asks for it and the store is empty, brings back what this location has pushed, as on a machine whose
 * disk does not outlive it. A Hub that is away is waited for: a store that begins without its past would be a writer of its own.
 *
 * @returns whether the daemon may begin; false: we were asked to stop
 * @throws StoreError when a person must decide or mend something first
 */
export async function importAtStart(
  config: Config,
  log: Log,
  console: Pick<Console, 'stderr' | 'stop'>,
  wait: typeof sleep = sleep,
): Promise<boolean> {
  if (config.importAtStart === null) return true;
  for (let tries = 1; ; tries++) {
    try {
      await importNow(config, log, console);
      return true;
    } catch (error) {
      if (!(error instanceof HubFailure) && !(error instanceof ImportError)) throw error;
      if (console.stop.aborted) return false;
      if (error instanceof ImportError || !PASSING.has(error.kind)) throw unfinished(error);
      const waitMs = Math.min(error.retryAfterMs ?? backoffMs(tries, BACKOFF, Math.random), LONGEST_WAIT_MS);
      const seconds = Math.round(waitMs / 100) / 10;
      log.warn({ reason: error.message, seconds }, 'waiting for the Hub: nothing is asked before the import is done');
      await wait(waitMs, console.stop).catch(() => undefined);
      if (console.stop.aborted) return false;
    }
  }
}

const unfinished = (error: Error) =>
  new StoreError(
    `the import at the start could not be finished: ${error.message}\nStart again once that is mended, and it goes on from there. To begin without it: IMPORT_AT_START=off and an empty DATA_DIR.`,
  );

async function importNow(
  { importAtStart, store: settings, location, hubToken: token, catalog: { hubEndpoint } }: Config,
  log: Log,
  console: Pick<Console, 'stderr' | 'stop'>,
): Promise<void> {
  const found = whatAnImportFinds(settings, { clock: SYSTEM_CLOCK });
  if (found === 'a store in use') return;
  const { repo, writer: named } = importAtStart!;
  const source = await hubSource({ repo, token, hubEndpoint, clock: SYSTEM_CLOCK }, console.stop).catch((error) => {
    // Nothing was pushed yet; the first push makes the dataset.
    if (found === 'nothing' && error instanceof HubFailure && error.kind === 'not_found') return error;
    throw error;
  });
  if (source instanceof HubFailure)
    return log.warn({ reason: source.message }, 'nothing to import: this store begins without a past');
  const shards = source.shards.filter(({ path }) => writerAndBatch(path) !== null);
  const writer = found === 'nothing' ? await writerToGoOnAs(shards, named, location) : found.writer;
  if (writer === null)
    return log.info({ repo, location }, 'nothing to import: nothing was pushed from this location yet');
  log.info({ repo, shards: shards.length, writer }, 'importing what was pushed: the store is empty');
  using store = openForImport(settings, writer, { clock: SYSTEM_CLOCK });
  const attempts = await fillStore({ ...source, shards }, writer, store, console);
  log.info({ attempts, writer }, 'imported; this store goes on where it ended');
}

/**
 * The one that is named, or else the only one whose newest shard is from this location; null: none is. Never that of another place,
 * be it the only one: as a writer that runs elsewhere too, both would write the same files.
 *
 * @throws ImportError when there are several, or not the one that is named
 */
async function writerToGoOnAs(
  shards: readonly ShardFile[],
  named: string | null,
  location: string,
): Promise<string | null> {
  const newest = new Map<string, { readonly shard: ShardFile; readonly batch: string }>();
  for (const shard of shards) {
    const { writer, batch } = writerAndBatch(shard.path)!;
    if (!/^[\w-]{1,64}$/.test(writer)) throw new ImportError(`${visible(shard.path)}: this is no dataset of ours`);
    if (batch > (newest.get(writer)?.batch ?? '')) newest.set(writer, { shard, batch });
  }
  if (named !== null && newest.size > 0) {
    if (newest.has(named)) return named;
    throw new ImportError(
      `IMPORT_AT_START names ${named}, and the dataset has no such writer, only ${[...newest.keys()].join(', ')}`,
    );
  }
  const here: string[] = [];
  for (const [writer, { shard }] of newest) {
    const locations = await about(shard, async () => locationsIn((await shard.open()).file));
    if (locations.has(location)) here.push(writer);
  }
  if (here.length <= 1) return here[0] ?? null;
  throw new ImportError(
    `several writers are from LOCATION ${location}; set IMPORT_AT_START to the id of the one to go on as (and that runs nowhere else): ${here.join(', ')}`,
  );
}
