import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { formatCount } from '../lib/format.ts';
import { visible } from '../lib/visible.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import { type DatasetSource, hubSource, localSource, type ShardFile } from '../push/dataset-source.ts';
import { HubFailure } from '../push/hub-failure.ts';
import { writersIn } from '../push/read-shard.ts';
import { openForImport } from '../store/open-store.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { about, fillStore, ImportError, writerAndBatch } from './fill-store.ts';
import { loadSettings } from './load-settings.ts';
import { localStoreOf } from './local-store.ts';

const REPO = /^[\w.-]+\/[\w.-]+$/;

export const importCommand: Command = {
  usage: 'import FILE|FOLDER|REPO [--writer ID]',
  about: 'fills an empty store from the dataset, so that a lost machine starts where it ended',
  options: { writer: { type: 'string' } },
  words: { min: 1, max: 1 },
  async run([from = ''], flags, console) {
    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    const local = localStoreOf(config, 'import');
    try {
      const source = await openSource(from, config, console.stop);
      if (source.shards.length === 0) {
        console.stderr.write(`There is no shard in ${visible(from)}.\n`);
        return EXIT.failed;
      }
      const writer = chooseWriter(await writersOf(source.shards), flags.writer);
      using store = openForImport(local, writer, { clock: SYSTEM_CLOCK });
      const added = await fillStore(source, writer, store, console);
      console.stdout.write(`${summary(added, source, writer)}\n`);
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof ImportError) && !(error instanceof HubFailure)) throw error;
      console.stderr.write(`${error.message}\nWhat is in the store stays; the same import goes on from there.\n`);
      return EXIT.failed;
    }
  },
};

/** A path of this machine, or else a dataset on the Hub. */
async function openSource(from: string, config: Config, stop: AbortSignal): Promise<DatasetSource> {
  if (existsSync(from)) return localSource(from);
  if (!REPO.test(from))
    throw new UsageError(`${JSON.stringify(from)} is no file or folder here, and no dataset as owner/name`);
  const { hubEndpoint } = config.catalog;
  return hubSource({ repo: from, token: config.hubToken, hubEndpoint, clock: SYSTEM_CLOCK }, stop);
}

/** Writer → how many shards have rows of it. A path in the form of the dataset tells; otherwise the rows do. */
async function writersOf(shards: readonly ShardFile[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const shard of shards) {
    const named = writerAndBatch(shard.path)?.writer;
    const writers = named ? [named] : await about(shard, async () => [...(await writersIn((await shard.open()).file))]);
    for (const writer of writers) counts.set(writer, (counts.get(writer) ?? 0) + 1);
  }
  return counts;
}

/** @throws UsageError unless it is clear as whom the store goes on */
export function chooseWriter(found: ReadonlyMap<string, number>, asked: string | boolean | undefined): string {
  const strange = [...found.keys()].find((writer) => !/^[\w-]{1,64}$/.test(writer));
  if (strange !== undefined)
    throw new UsageError(`${JSON.stringify(strange)} is no id of a writer: this is no dataset of ours`);
  const [only] = found.keys();
  const list = [...found].map(([writer, shards]) => `  ${visible(writer)}  ${formatCount(shards)} shards`).join('\n');
  if (asked === undefined && found.size === 1) return only!;
  if (typeof asked === 'string' && found.has(asked)) return asked;
  throw new UsageError(
    asked === undefined
      ? `There are several writers; choose with --writer the one that this machine goes on as (and that runs nowhere else):\n${list}`
      : `There is no writer ${JSON.stringify(asked)} in it. These are:\n${list}`,
  );
}

function summary(added: number, { shards, dayFiles }: DatasetSource, writer: string): string {
  const read = `${formatCount(added)} attempts from ${formatCount(shards.length)} shards; this store goes on as writer ${visible(writer)}.`;
  return dayFiles === null ? `${read}\nNo day files (csv/) were beside them: all days are taken for written.` : read;
}
